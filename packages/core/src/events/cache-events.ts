import type { TierFailure } from '../tiers/tier.js';

/** What a cache tells its listeners. Keys are as their users named them, behind the namespace `path`. */
export interface CacheEvents {
  /** A fresh value was served. */
  hit: { readonly path: string; readonly key: string; readonly tier: string };
  /** A stale value was served. */
  stale: { readonly path: string; readonly key: string; readonly tier: string };
  /** No tier had the value. */
  miss: { readonly path: string; readonly key: string };
  /** A caller who had joined the flight of another one was given what became of it. */
  coalesced: { readonly path: string; readonly key: string };
  /** An error that `cacheErrors` remembers was thrown again. */
  rethrow: { readonly path: string; readonly key: string; readonly error: unknown };
  /** A loader settled; `duration` in ms; `missed` unless nobody waited for it: a refresh in the background, for one. */
  load: {
    readonly path: string;
    readonly key: string;
    readonly duration: number;
    readonly missed: boolean;
  };
  /** A loader failed; whoever of its callers has no stale value to go on with got `error`. */
  loadError: {
    readonly path: string;
    readonly key: string;
    readonly duration: number;
    readonly missed: boolean;
    readonly error: unknown;
  };
  /** A value was stored by a user. */
  set: { readonly path: string; readonly key: string };
  /** A loaded value was not stored: an invalidation may have come in between, another load was faster, or it was told to stop. */
  fenced: { readonly path: string; readonly key: string };
  /** What a loader came to was handed on and not kept: the `ttl`, `when` or `cacheErrors` that was asked about it failed. */
  unstorable: { readonly path: string; readonly key: string; readonly error: unknown };
  delete: { readonly path: string; readonly keys: readonly string[] };
  invalidate: { readonly path: string; readonly tags: readonly string[] };
  clear: { readonly path: string };
  /** An operation on a tier failed and cost a hit or left an invalidation owed. */
  tierError: TierFailure;
  /** Invalidations that a tier owed were acknowledged. */
  replayed: { readonly tier: string; readonly count: number };
  close: { readonly path: string };
}
