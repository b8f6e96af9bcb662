import type { Awaitable } from '../contract/awaitable.js';
import type { Rules } from '../freshness/rules.js';
import type { Ttl } from '../policy/profiles.js';
import type { Fence } from '../tiers/epochs.js';
import type { FoundOrLease, LeaseRequest } from '../tiers/reader.js';
import type { LoaderContext } from './loader-context.js';

/** What one call needs to know to be answered by a load. */
export interface LoadPlan<V> {
  /** The stored key. */
  readonly key: string;
  readonly tags: readonly string[];
  readonly rules: Rules;
  readonly load: (context: LoaderContext<V>) => Awaitable<V>;
  /** How long the value is fresh, in ms; `undefined` if it is not to be stored. */
  readonly ttl: (value: V) => number | undefined;
  /** Turns what `setTtl` was given into ms. @throws CacheConfigError if it is no ttl */
  readonly milliseconds: (ttl: Ttl, option: string) => number;
  /** How long an error is remembered, in ms; `undefined` if the next call is to load again. */
  readonly errorTtl?: ((error: unknown) => number | undefined) | undefined;
  /** Ends the wait of the caller. */
  readonly signal?: AbortSignal | undefined;
  /** Load although a value is there. */
  readonly refresh?: boolean;
  /** Asks the tiers in place of the flight, for calls that ask for many keys at once. */
  readonly ask?: ((fence: Fence, request: LeaseRequest) => Awaitable<FoundOrLease>) | undefined;
}
