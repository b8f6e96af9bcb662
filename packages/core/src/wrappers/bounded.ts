import type { Awaitable } from '../contract/awaitable.js';
import { CacheConnectionError, CacheTimeoutError } from '../errors.js';
import type { Clock } from '../time/clock.js';
import { Breaker } from './breaker.js';
import { withDeadline } from './deadline.js';

/** How long a backend may take. All lengths in ms. */
export interface Bounds {
  readonly tier: string;
  readonly clock: Clock;
  readonly timeout: number;
  readonly bulkTimeout: number;
  /** How long a mute backend is spared. Only told in errors: whoever is called when it fell mute sees to that. */
  readonly retryAfter: number;
}

/** Every operation on a backend has a deadline, and a backend that is mute is not asked. */
export class Bounded {
  readonly #bounds: Bounds;
  readonly #breaker: Breaker;

  /** @param fellMute - called when the backend is found mute: somebody has to `probe` it later */
  constructor(bounds: Bounds, fellMute: () => void) {
    this.#bounds = bounds;
    this.#breaker = new Breaker(fellMute);
  }

  /** Whether the backend is known not to answer. */
  get mute(): boolean {
    return this.#breaker.open;
  }

  ask<T>(operation: string, work: () => Awaitable<T>, key?: string): Awaitable<T> {
    return this.#unlessMute(operation, work, this.#bounds.timeout, key);
  }

  /** A batch of `count` keys: 1 ms longer for each further one. */
  askMany<T>(operation: string, count: number, work: () => Awaitable<T>): Awaitable<T> {
    const { timeout, bulkTimeout } = this.#bounds;
    return this.#unlessMute(operation, work, Math.min(bulkTimeout, timeout + Math.max(0, count - 1)));
  }

  /** What goes over nobody knows how many keys. */
  askAll<T>(operation: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.#unlessMute(operation, work, this.#bounds.bulkTimeout);
  }

  /** As `ask`, also of a mute backend: what has to be tried at the end. */
  insist<T>(operation: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.#within(operation, work, this.#bounds.timeout);
  }

  /** Does `work` to see whether a mute backend is there again. */
  probe(work: () => Awaitable<unknown>): Promise<boolean> {
    return this.#breaker.probe(() => this.#within('probe', work, this.#bounds.timeout));
  }

  #unlessMute<T>(operation: string, work: () => Awaitable<T>, limit: number, key?: string): Awaitable<T> {
    if (this.#breaker.open) return Promise.reject(this.#spared(operation, key));
    return this.#breaker.watch(() => this.#within(operation, work, limit, key));
  }

  #within<T>(operation: string, work: () => Awaitable<T>, limit: number, key?: string): Awaitable<T> {
    const { tier, clock } = this.#bounds;
    const late = (): Error =>
      new CacheTimeoutError(`${tier}: ${operation} took longer than ${limit} ms.`, about(tier, key));
    return withDeadline(work(), limit, clock, late);
  }

  #spared(operation: string, key: string | undefined): CacheConnectionError {
    const { tier, retryAfter } = this.#bounds;
    return new CacheConnectionError(
      `${tier}: ${operation} was not tried, since the tier does not answer. It is asked again every ${retryAfter} ms.`,
      about(tier, key),
    );
  }
}

function about(tier: string, key: string | undefined): { readonly tier: string; readonly key?: string } {
  return key === undefined ? { tier } : { tier, key };
}
