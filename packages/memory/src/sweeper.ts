import type { Clock, Timer } from '@keepsake/core';

/** Knows when a sweep is worth its while: one timer at most, and none while nothing can expire. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #every: number;
  readonly #sweep: () => void;
  /** Nothing expires before this instant. */
  #earliest = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock, every: number, sweep: () => void) {
    this.#clock = clock;
    this.#every = every;
    this.#sweep = sweep;
  }

  /** Something will expire at `expiresAt`. */
  expect(expiresAt: number): void {
    if (expiresAt < this.#earliest) this.#earliest = expiresAt;
    this.#arm();
  }

  /** Whether anything can have expired at `now`. */
  due(now: number): boolean {
    return this.#earliest <= now;
  }

  /** A sweep at `now` has found `next` to be the next instant at which something expires. */
  swept(now: number, next: number): void {
    if (this.due(now)) this.#earliest = next;
  }

  /** Nothing is left. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    if (
      this.#timer ||
      this.#earliest === Number.POSITIVE_INFINITY ||
      this.#every === Number.POSITIVE_INFINITY
    )
      return;
    this.#timer = this.#clock.after(this.#every, () => {
      this.#timer = undefined;
      this.#sweep();
      this.#arm();
    });
  }
}
