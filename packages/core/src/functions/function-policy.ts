import type { Cache } from '../cache/cache.js';
import type { FreshnessOptions } from '../freshness/freshness-options.js';
import type { ScopePart } from '../keys/call-key.js';
import type { Ttl } from '../policy/profiles.js';
import type { Handle } from './handle.js';

/** A function that returns a promise. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every parameter list and every `this`
export type AsyncFunction = (this: any, ...args: any[]) => Promise<any>;

/**
 * How the results of a function are cached. `A` are its arguments, `V` is what its promise resolves to, `This` what it is
 * called on.
 *
 * Resolved once, at the first call, so that configuration may be loaded after the classes.
 */
export interface Policy<A extends readonly unknown[] = readonly never[], V = never, This = never>
  extends FreshnessOptions {
  /** How long a result is fresh; may depend on it and on the arguments. @default the cache's `ttl` */
  readonly ttl?: Ttl | ((value: V, ...args: A) => Ttl);
  /** Selects what identifies the call. @default all arguments */
  readonly key?: (...args: A) => unknown;
  /** Top-level property names that are left out of object arguments. */
  readonly omit?: readonly string[];
  /** Readable key segments between id and digest, so that patterns can match them. */
  readonly scope?: (...args: A) => ScopePart | readonly ScopePart[];
  /** Labels for `invalidateTags`. */
  readonly tags?: readonly string[] | ((...args: A) => readonly string[]);
  /** Whether to store a result. @default always */
  readonly when?: (value: V, ...args: A) => boolean;
  /**
   * How long an error is remembered and thrown again, in this process; `false`: not at all. For errors that are an answer
   * of the source ("there is no such user"): no stale value is served in place of one. @default none is
   */
  readonly cacheErrors?: (error: unknown, ...args: A) => Ttl | false;
  /** The stable name of the function. @default its name, or `Class.method` */
  readonly id?: string;
  /** Raise it when what the function returns changes its meaning: older entries are not found any more. */
  readonly version?: string | number;
  /** The cache, or the name it has in the config. @default the default cache */
  readonly cache?: string | Cache;
  /**
   * Whether instances share results: `false` they do, `true` each has its own (in this process only), or what of
   * `this` belongs in the key. @default shared, with one warning when a second instance calls
   */
  readonly perInstance?: boolean | ((self: This) => unknown);
}

/** The policy of a given function. */
export type FunctionPolicy<F extends AsyncFunction> = Policy<
  Parameters<F>,
  Awaited<ReturnType<F>>,
  ThisParameterType<F>
>;

/** A wrapped function: as it was, and with the handle of its entries. */
export type CachedFunction<F extends AsyncFunction> = F & Handle<F>;
