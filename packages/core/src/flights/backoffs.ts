import type { Epochs, Fence } from '../tiers/epochs.js';
import type { Clock } from '../time/clock.js';

/** A load has failed, or another process is loading, and the source is spared for a while. */
export interface Backoff {
  /** Of the load that failed. */
  readonly error: unknown;
  /**
   * `rethrow`: callers get the error. `pause`: callers get the stale value if it may be served in place of a load that
   * failed; otherwise they load. `elsewhere`: nothing has failed; what may be served at once is not reloaded here.
   */
  readonly kind: 'rethrow' | 'pause' | 'elsewhere';
  /** Epoch ms. */
  readonly until: number;
}

interface Fenced extends Backoff {
  readonly fence: Fence;
}

/** How many keys are spared at most; beyond that, the older half is asked again before its time. */
const MOST = 10_000;

/**
 * The keys whose source is not asked again yet, in this process. Each holds the fence of its key: a delete, a set or an
 * invalidation of the key or its tags ends it at once.
 */
export class Backoffs {
  readonly #epochs: Epochs;
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Fenced>();

  constructor(epochs: Epochs, clock: Clock) {
    this.#epochs = epochs;
    this.#clock = clock;
  }

  get(key: string): Backoff | undefined {
    const backoff = this.#byKey.get(key);
    if (!backoff) return undefined;
    if (!backoff.fence.raised && this.#clock.now() < backoff.until) return backoff;
    this.#drop(key, backoff);
    return undefined;
  }

  /** Spares the source of `key` for `length` ms; not if something happened to the key since `fence` was opened. */
  add(key: string, fence: Fence, kind: Backoff['kind'], error: unknown, length: number): void {
    if (fence.raised) return;
    this.end(key);
    this.#epochs.hold(fence);
    this.#byKey.set(key, { error, kind, fence, until: this.#clock.now() + length });
    if (this.#byKey.size > MOST) this.#dropOlderHalf();
  }

  end(key: string): void {
    const backoff = this.#byKey.get(key);
    if (backoff) this.#drop(key, backoff);
  }

  /** Many at once: a Map whose oldest entry is deleted again and again gets slower with every deletion. */
  #dropOlderHalf(): void {
    for (const [key, backoff] of this.#byKey) {
      if (this.#byKey.size <= MOST / 2) return;
      this.#drop(key, backoff);
    }
  }

  #drop(key: string, { fence }: Fenced): void {
    this.#byKey.delete(key);
    this.#epochs.close(fence);
  }
}
