import { type Awaitable, isPending } from '../contract/awaitable.js';
import type { Clock, Timer } from '../time/clock.js';

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

  /** When nothing is running any more, or `limit` ms have passed. */
  async drained(clock: Clock, limit: number): Promise<void> {
    let late = false;
    let timer!: Timer;
    const expired = new Promise<void>((resolve) => {
      timer = clock.after(
        limit,
        () => {
          late = true;
          resolve();
        },
        'holds',
      );
    });
    while (this.#running.size > 0 && !late) await Promise.race([Promise.all(this.#running), expired]);
    timer.cancel();
  }
}
