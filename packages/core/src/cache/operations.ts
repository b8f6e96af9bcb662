import type { Profiles, Ttl } from '../policy/profiles.js';

export interface SetOptions {
  /** How long the value is fresh. @default the cache's `ttl`, or for ever */
  readonly ttl?: Ttl;
  readonly tags?: readonly string[];
}

export interface GetOrSetOptions<V> {
  /** How long the value is fresh; may depend on it. @default the cache's `ttl` */
  readonly ttl?: Ttl | ((value: V) => Ttl);
  readonly tags?: readonly string[];
  /** Whether to store the value. @default always */
  readonly when?: (value: V) => boolean;
}

export interface InvalidateOptions {
  /** Reject with `CacheInvalidationError` when a tier did not acknowledge; by default that is owed and replayed. */
  readonly strict?: boolean;
}

/** An entry as its user sees it. */
export interface CacheEntry<V> {
  readonly value: V;
  readonly createdAt: number;
  readonly staleAt: number;
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

/** What a cache was given that all of its namespaces share. */
export interface CacheDefaults {
  readonly ttl: Ttl | undefined;
  readonly profiles: Profiles;
}
