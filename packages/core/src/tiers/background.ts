import { type Awaitable, isPending } from '../contract/awaitable.js';

/** Owns the work that nobody waits for: tracked, never unhandled, drained at the end. */
export class Background {
  readonly #running = new Set<Promise<void>>();

  /** Takes over `work`; a failure is for whoever did the work to report. */
  own(work: Awaitable<unknown>): void {
    if (!isPending(work)) return;
    const done = (): void => {
      this.#running.delete(tracked);
    };
    const tracked: Promise<void> = work.then(done, done);
    this.#running.add(tracked);
  }

  /** When nothing is running any more. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
