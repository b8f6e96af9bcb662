import { CacheConfigError } from '../errors.js';
import { atHand } from './at-hand.js';
import { describe } from './known-options.js';
import type { Ttl } from './profiles.js';

/**
 * How long an error is remembered, in ms, by what a `cacheErrors` returned; `undefined` if it is not.
 *
 * @throws CacheConfigError if that is neither a ttl nor `false`
 */
export function asErrorTtl(
  returned: Ttl | false,
  milliseconds: (ttl: Ttl, option: string) => number,
): number | undefined {
  const ttl = atHand('cacheErrors', returned);
  if (ttl === false) return undefined;
  if (typeof ttl === 'number' || typeof ttl === 'string') return milliseconds(ttl, 'cacheErrors');
  throw new CacheConfigError(
    `cacheErrors: its function returned ${describe(ttl)}. Allowed: a duration, or false.`,
  );
}
