import { type Awaitable, isPending } from '../contract/awaitable.js';
import { CacheError } from '../errors.js';

/** `closed`: the tier is asked. `open`: it is mute and spared. `halfOpen`: it is being asked once whether it answers again. */
export type BreakerState = 'closed' | 'open' | 'halfOpen';

/** Something was heard of the tier, nothing was heard in time, or somebody sets out to ask it once. */
export type BreakerEvent = 'answer' | 'timeout' | 'probe';

/**
 * The state that follows. One timeout opens, since each further one would cost its caller as long again; one answer
 * closes.
 *
 * Nygard, Release It!, 2nd ed. 2018, "Circuit Breaker"; here a probe runs in the background, so that no caller pays it.
 */
export function nextBreakerState(state: BreakerState, event: BreakerEvent): BreakerState {
  if (event === 'answer') return 'closed';
  if (event === 'timeout') return 'open';
  return state === 'closed' ? 'closed' : 'halfOpen';
}

/**
 * Knows whether a tier is mute. An error is an answer: what fails at once costs nothing to ask. A timeout counts only
 * where nothing was heard since its operation began: a tier that answers others meanwhile is slow, not mute.
 */
export class Breaker {
  #state: BreakerState = 'closed';
  #answers = 0;
  readonly #opened: () => void;

  /** @param opened - called whenever the tier was found mute: somebody has to probe it */
  constructor(opened: () => void) {
    this.#opened = opened;
  }

  /** Whether operations are to be spared. */
  get open(): boolean {
    return this.#state !== 'closed';
  }

  /** Does `work` and learns from how it ends. */
  watch<T>(work: () => Awaitable<T>): Awaitable<T> {
    const before = this.#answers;
    const answered = (value: T): T => {
      this.#heard();
      return value;
    };
    const failed = (error: unknown): never => {
      if (!isTimeout(error)) this.#heard();
      else if (this.#answers === before) this.#enter('timeout');
      throw error;
    };
    try {
      const result = work();
      return isPending(result) ? result.then(answered, failed) : answered(result);
    } catch (error) {
      return failed(error);
    }
  }

  /** As `watch`, for the one operation that a mute tier is not spared. Whether the tier is heard again. */
  async probe(work: () => Awaitable<unknown>): Promise<boolean> {
    this.#enter('probe');
    try {
      await this.watch(work);
    } catch {
      // How it failed was learnt from.
    }
    return !this.open;
  }

  #heard(): void {
    this.#answers++;
    this.#enter('answer');
  }

  #enter(event: BreakerEvent): void {
    this.#state = nextBreakerState(this.#state, event);
    if (event === 'timeout') this.#opened();
  }
}

function isTimeout(error: unknown): boolean {
  return CacheError.is(error) && error.code === 'CACHE_TIMEOUT';
}
