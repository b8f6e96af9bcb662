import type { Bus } from '../bus/bus.js';
import type { Awaitable } from './awaitable.js';
import type { Entry } from './entry.js';

/**
 * Stores entries under string keys. Every tier, every wrapper and the composite of all tiers is a backend.
 *
 * The required methods fit in a page (`docs/backends.md` writes one in under 40 lines); the optional ones are
 * capabilities, looked for once, at construction. Prove a backend with `backendContract` of `@keepsake/testing`.
 *
 * Methods return what is at hand without a promise where they can: a hit in the front tier never leaves its tick.
 * A method that cannot do its work throws or rejects; it never answers what it does not know.
 */
export interface Backend {
  /** Names the tier in stats, events and errors. */
  readonly name: string;
  /** Set by a backend that only this process sees: it is never guarded and needs no lease. */
  readonly local?: true;

  /** The entry under `key`, never an expired one. */
  get(key: string): Awaitable<Entry | undefined>;
  /** Stores `entry` until its `expiresAt`, in place of whatever was there; voids a lease on `key`. */
  set(key: string, entry: Entry): Awaitable<void>;
  /** Removes `key` and voids a lease on it. `true` only if a live value was removed. */
  delete(key: string): Awaitable<boolean>;
  /** Removes every key that starts literally with `prefix` (all, without one) and voids their leases. Never a foreign key. */
  clear(prefix?: string): Awaitable<void>;
  /** The live keys that start literally with `prefix`. Keys that start with `\0` are internal: only a prefix that does names them. */
  keys(prefix?: string): Iterable<string> | AsyncIterable<string>;

  /** One answer per key, in order. */
  getMany?(keys: readonly string[]): Awaitable<readonly (Entry | undefined)[]>;
  setMany?(items: readonly (readonly [key: string, entry: Entry])[]): Awaitable<void>;
  /** One answer per key, in order. */
  deleteMany?(keys: readonly string[]): Awaitable<readonly boolean[]>;
  /** Gives a live entry new instants, keeps its value, and voids a lease on it. `false` if there is none. */
  touch?(key: string, staleAt: number, expiresAt: number): Awaitable<boolean>;
  /** Stores only if no live entry is there (`absent`) or only if one is (`present`), atomically for all who share the backend. */
  setIf?(key: string, entry: Entry, condition: SetCondition): Awaitable<boolean>;
  /** Adds to a raw integer, created as 0 and living `ttl` ms from its creation (for ever without). Atomic for all who share the backend. */
  increment?(key: string, by: number, ttl?: number): Awaitable<number>;
  info?(): Awaitable<BackendInfo>;
  /** Settles when the backend answers, rejects when it cannot be reached. */
  ping?(): Awaitable<void>;
  /** Drops what has expired. The number of dropped entries. */
  sweep?(): Awaitable<number>;
  close?(): Awaitable<void>;

  /**
   * Reads, or takes the lease: the right to fill `key` for `ttl` ms, named by `token`. With `refresh` the caller has
   * seen the entry that is there and cannot use it: it wants the lease all the same, and the entry stays until the fill.
   */
  acquire?(key: string, token: string, ttl: number, refresh?: 'refresh'): Awaitable<Acquired>;
  /**
   * Stores under the lease of `token`. `false`: the lease was void, nothing was stored; `'awaited'`: stored, and somebody
   * was told meanwhile that the lease is held.
   */
  fill?(key: string, entry: Entry, token: string): Awaitable<boolean | 'awaited'>;
  /** Keeps the lease of `token` for another `ttl` ms. `false`: it was void, and stays so. */
  renew?(key: string, token: string, ttl: number): Awaitable<boolean>;
  /**
   * Gives up the lease of `token`, so that somebody else may load. Nothing happens if it is void. `true` if somebody was told
   * meanwhile that it is held.
   */
  release?(key: string, token: string): Awaitable<boolean>;
  /** Every key under `prefix` that holds an entry or is leased, as `keys` lists them: a pattern must void these leases too. */
  occupied?(prefix?: string): Iterable<string> | AsyncIterable<string>;
  /** A live view of the entry under `key`. */
  pin?(key: string): Pinned | undefined;
  /** A new bus to the other processes that share the backend: those who name the same `channel` hear each other. */
  bus?(channel: string): Bus;
}

/** Whether a conditional `set` wants nothing or something to be there. */
export type SetCondition = 'absent' | 'present';

/** What `acquire` found. */
export type Acquired =
  /** A live entry. */
  | { readonly entry: Entry }
  /** Nothing, and the lease is the caller's. */
  | { readonly granted: true }
  /** Nothing, and somebody else holds the lease. */
  | { readonly held: true }
  /** The backend cannot say: load without it. */
  | { readonly unavailable: true };

/** A live view of one entry: `dead` once it was replaced, deleted, evicted or swept. */
export interface Pinned {
  readonly entry: Entry;
  readonly dead: boolean;
}

/** Figures of a backend, as far as it knows them. */
export interface BackendInfo {
  readonly size?: number;
  readonly maxSize?: number;
  readonly bytes?: number;
  readonly maxBytes?: number;
}
