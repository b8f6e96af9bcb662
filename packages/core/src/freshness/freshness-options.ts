import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';
import { type Duration, milliseconds } from '../time/duration.js';

/**
 * What happens around the end of an entry's life, and how long a caller waits for a load. The same for functions,
 * `getOrSet` and, as defaults, for a cache; `false` is none, where the cache has one.
 */
export interface FreshnessOptions {
  /**
   * How long after its ttl a value may be served at once while it is reloaded in the background (RFC 5861).
   * @default none
   */
  readonly staleWhileRevalidate?: Duration | false;
  /**
   * How long after its ttl a value may be served when its loader fails or, with `softTimeout`, is slow (RFC 5861).
   * @default none
   */
  readonly staleIfError?: Duration | false;
  /** After a failed reload, how long the stale value is served without asking the source again. @default '1s' */
  readonly retryAfter?: Duration;
  /**
   * After how long a load is slow: where `staleIfError` allows it, the stale value is served then, and the load goes
   * on and fills. @default none
   */
  readonly softTimeout?: Duration | false;
  /**
   * How long a caller waits at most. Then it gets a stale value if `staleIfError` allows it, or a `CacheTimeoutError`,
   * and the next call loads anew. @default none: some loads take minutes
   */
  readonly hardTimeout?: Duration | false;
  /** When a hit also reloads in the background, before the value is stale. @default never */
  readonly earlyRefresh?: EarlyRefresh | false;
  /** The fraction by which a ttl is shortened at most, at random, so that what was stored together does not expire together; 0 for none. @default 0.05 */
  readonly jitter?: number;
}

/**
 * A fraction of the ttl (0.8: a hit in its last fifth reloads), or at random, the more likely the nearer the end and
 * the longer the load took: XFetch. `beta` above 1 reloads earlier.
 *
 * Vattani, Chierichetti, Lowenstein, Optimal Probabilistic Cache Stampede Prevention, VLDB 2015.
 */
export type EarlyRefresh = number | 'probabilistic' | { readonly beta: number };

export const FRESHNESS_OPTIONS = [
  'staleWhileRevalidate',
  'staleIfError',
  'retryAfter',
  'softTimeout',
  'hardTimeout',
  'earlyRefresh',
  'jitter',
] as const satisfies readonly (keyof FreshnessOptions)[];

const LENGTHS = [
  'staleWhileRevalidate',
  'staleIfError',
  'retryAfter',
  'softTimeout',
  'hardTimeout',
] as const satisfies readonly (keyof FreshnessOptions)[];

/**
 * @param where - what has the options; named in the error
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function assertFreshnessOptions(options: FreshnessOptions, where = ''): void {
  const named = (option: string): string => (where === '' ? option : `${where}: ${option}`);
  for (const name of LENGTHS) {
    const length: Duration | false | undefined = options[name];
    if (length !== undefined && length !== false) milliseconds(length, named(name));
  }
  if (options.jitter !== undefined) assertJitter(named('jitter'), options.jitter);
  if (options.earlyRefresh !== undefined) assertEarlyRefresh(named('earlyRefresh'), options.earlyRefresh);
}

function assertJitter(option: string, jitter: unknown): void {
  if (typeof jitter === 'number' && jitter >= 0 && jitter < 1) return;
  throw new CacheConfigError(
    `${option}: ${describe(jitter)} was given. Allowed: a fraction from 0 to less than 1.`,
  );
}

function assertEarlyRefresh(option: string, early: unknown): void {
  if (early === 'probabilistic' || early === false) return;
  if (typeof early === 'number' && early > 0 && early < 1) return;
  const beta = (early as { readonly beta?: unknown } | null)?.beta;
  if (typeof beta === 'number' && beta > 0 && Number.isFinite(beta)) return;
  throw new CacheConfigError(
    `${option}: ${describe(early)} was given. Allowed: a fraction of the ttl between 0 and 1, 'probabilistic', or { beta } above 0; false for never.`,
  );
}
