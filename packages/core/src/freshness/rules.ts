import { milliseconds } from '../time/duration.js';
import { assertFreshnessOptions, type EarlyRefresh, type FreshnessOptions } from './freshness-options.js';

/** Freshness options as they are used: lengths in ms, nothing left open. */
export interface Rules {
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly retryAfter: number;
  /** `Infinity`: a load is never slow. */
  readonly softTimeout: number;
  /** `Infinity`: a caller waits as long as it takes. */
  readonly hardTimeout: number;
  readonly earlyRefresh: EarlyRefresh | undefined;
  readonly jitter: number;
}

/** What holds where nothing is said. */
export const DEFAULT_RULES: Rules = {
  staleWhileRevalidate: 0,
  staleIfError: 0,
  retryAfter: 1000,
  softTimeout: Number.POSITIVE_INFINITY,
  hardTimeout: Number.POSITIVE_INFINITY,
  earlyRefresh: undefined,
  jitter: 0.05,
};

/**
 * `options`, completed by `defaults`; the defaults themselves where nothing else is said.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function rulesOf(options: FreshnessOptions, defaults: Rules): Rules {
  return saysNothing(options) ? defaults : completed(options, defaults);
}

/** How long after its ttl an entry is of use under `rules`, in ms: its physical life is that much longer. */
export function longestStale(rules: Rules): number {
  return Math.max(rules.staleWhileRevalidate, rules.staleIfError);
}

/** Spelled out: a call of `getOrSet` asks this each time, and looking properties up by variable names is slow. */
function saysNothing(options: FreshnessOptions): boolean {
  return (
    options.staleWhileRevalidate === undefined &&
    options.staleIfError === undefined &&
    options.retryAfter === undefined &&
    options.softTimeout === undefined &&
    options.hardTimeout === undefined &&
    options.earlyRefresh === undefined &&
    options.jitter === undefined
  );
}

function completed(options: FreshnessOptions, defaults: Rules): Rules {
  assertFreshnessOptions(options);
  const { retryAfter, earlyRefresh = defaults.earlyRefresh } = options;
  return {
    staleWhileRevalidate: lengthOf('staleWhileRevalidate', options, defaults),
    staleIfError: lengthOf('staleIfError', options, defaults),
    retryAfter: retryAfter === undefined ? defaults.retryAfter : milliseconds(retryAfter, 'retryAfter'),
    softTimeout: lengthOf('softTimeout', options, defaults),
    hardTimeout: lengthOf('hardTimeout', options, defaults),
    earlyRefresh: earlyRefresh === false ? undefined : earlyRefresh,
    jitter: options.jitter ?? defaults.jitter,
  };
}

type Length = 'staleWhileRevalidate' | 'staleIfError' | 'softTimeout' | 'hardTimeout';

function lengthOf(name: Length, options: FreshnessOptions, defaults: Rules): number {
  const length = options[name];
  if (length === undefined) return defaults[name];
  return length === false ? DEFAULT_RULES[name] : milliseconds(length, name);
}
