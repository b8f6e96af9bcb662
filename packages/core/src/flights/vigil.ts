import type { Clock } from '../time/clock.js';

/**
 * One flight's watch for the end of another load of its key. It begins before the lease is asked for, so that news that
 * overtake the answer count.
 */
export class Vigil {
  readonly #ends: readonly (() => void)[];
  #woken = false;
  #wake: (() => void) | undefined;

  /** @param causes - each calls what it is given when there is news, and returns what ends that */
  constructor(causes: readonly ((wake: () => void) => () => void)[]) {
    this.#ends = causes.map((cause) => cause(() => this.wake()));
  }

  /** What was heard so far is in the answer to the question that is asked now. */
  begin(): void {
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Settles when there are news, or were since `begin`, or after `atLatest` ms. */
  async news(clock: Clock, atLatest: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(atLatest, resolve, 'holds');
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}
