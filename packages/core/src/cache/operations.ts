import { FRESHNESS_OPTIONS, type FreshnessOptions } from '../freshness/freshness-options.js';
import type { Rules } from '../freshness/rules.js';
import type { Profiles, Ttl } from '../policy/profiles.js';

/** What bounds the life of a value that is stored. */
export interface SetOptions
  extends Pick<FreshnessOptions, 'staleWhileRevalidate' | 'staleIfError' | 'jitter'> {
  /** How long the value is fresh. @default the cache's `ttl`, or for ever */
  readonly ttl?: Ttl;
  readonly tags?: readonly string[];
}

export const SET_OPTIONS = [
  'ttl',
  'tags',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
] as const satisfies readonly (keyof SetOptions)[];

export interface GetOrSetOptions<V> extends FreshnessOptions {
  /** How long the value is fresh; may depend on it. @default the cache's `ttl` */
  readonly ttl?: Ttl | ((value: V) => Ttl);
  readonly tags?: readonly string[];
  /** Whether to store the value. @default always */
  readonly when?: (value: V) => boolean;
  /** How long an error of the loader is remembered and thrown again, in this process; `false`: not at all. @default none is */
  readonly cacheErrors?: (error: unknown) => Ttl | false;
  /** Ends the wait of this caller. The loader's own signal is in its context. */
  readonly signal?: AbortSignal | undefined;
}

export const GET_OR_SET_OPTIONS = [
  'ttl',
  'tags',
  'when',
  'cacheErrors',
  'signal',
  ...FRESHNESS_OPTIONS,
] as const satisfies readonly (keyof GetOrSetOptions<never>)[];

export interface InvalidateOptions {
  /** Reject with `CacheInvalidationError` when a tier did not acknowledge; by default that is owed and replayed. Not about the bus. */
  readonly strict?: boolean;
}

export const INVALIDATE_OPTIONS = ['strict'] as const satisfies readonly (keyof InvalidateOptions)[];

export interface InvalidateTagsOptions extends InvalidateOptions {
  /** Make the entries stale instead of void. @default false */
  readonly soft?: boolean;
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
  readonly rules: Rules;
}
