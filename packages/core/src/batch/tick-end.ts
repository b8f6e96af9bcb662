/**
 * Does something at the end of a tick, when the promise jobs that came up in it have run. No platform tells all others
 * when that is, and time may be virtual: it lets `jobs` promise jobs in a row pass in which nobody stirred it.
 */
export class TickEnd {
  readonly #jobs: number;
  readonly #task: () => void;
  #left = 0;

  /** @param task - must not throw */
  constructor(jobs: number, task: () => void) {
    this.#jobs = jobs;
    this.#task = task;
  }

  /** There is something to do at the end of this tick, which has not come yet. */
  stir(): void {
    const isWaiting = this.#left > 0;
    this.#left = this.#jobs;
    if (!isWaiting) queueMicrotask(this.#pass);
  }

  readonly #pass = (): void => {
    this.#left--;
    if (this.#left > 0) queueMicrotask(this.#pass);
    else this.#task();
  };
}
