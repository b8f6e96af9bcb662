import type { Clock } from 'keepsake';

/** Waits on a clock. Those that end at the same instant share a timer, which a clock that settles after each is grateful for. */
export class Delays {
  readonly #clock: Clock;
  readonly #byEnd = new Map<number, (() => void)[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param length - in ms */
  after(length: number): Promise<void> {
    const endsAt = this.#clock.now() + length;
    return new Promise((resolve) => {
      const others = this.#byEnd.get(endsAt);
      if (others) others.push(resolve);
      else this.#begin(endsAt, length, resolve);
    });
  }

  #begin(endsAt: number, length: number, first: () => void): void {
    const waiting = [first];
    this.#byEnd.set(endsAt, waiting);
    this.#clock.after(length, () => {
      this.#byEnd.delete(endsAt);
      for (const resolve of waiting) resolve();
    });
  }
}
