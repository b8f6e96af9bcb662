import type { Clock, Timer } from '../time/clock.js';

/** How long what stands in front of the shared truth is trusted while nothing is heard of other processes, in ms. */
const TRUSTED = 10_000;

export interface SilenceOptions {
  readonly clock: Clock;
  /** Whether news of other processes reach this one now. */
  readonly heard: () => boolean;
  /** Settles when the shared truth answers, rejects when it does not. */
  readonly ask: () => Promise<unknown>;
  readonly flush: () => void;
}

/**
 * A bus that cannot be heard, over a shared truth that can be asked: nobody knows what others have invalidated, and it
 * would cost little to ask. Then what stands in front is dropped from time to time. While the shared truth does not
 * answer either, it stays: what stands in front is all there is.
 */
export class Silence {
  readonly #options: SilenceOptions;
  #timer: Timer | undefined;
  #ended = false;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  /** Nothing is heard from now on, until `heard` says otherwise. */
  begin(): void {
    if (this.#timer || this.#ended) return;
    this.#timer = this.#options.clock.after(TRUSTED, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { heard, ask, flush } = this.#options;
    if (heard()) return;
    try {
      await ask();
      if (!heard() && !this.#ended) flush();
    } catch {
      // It cannot be asked: what is there is all there is.
    }
    this.begin();
  }
}
