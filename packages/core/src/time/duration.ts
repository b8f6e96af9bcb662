import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';

/** A length of time: a number of milliseconds, a number with a unit, or for ever. */
export type Duration = number | `${number}${DurationUnit}` | 'forever';

/** The units a `Duration` may be written in. */
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';

const UNIT: Readonly<Record<DurationUnit, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

/**
 * The length of `duration` in ms, `Infinity` for `'forever'`.
 *
 * @param option - what the duration is for; named in the error
 * @throws CacheConfigError unless it is a positive length
 * @example
 * ```ts
 * import { milliseconds } from '@keepsake/core';
 * milliseconds('1.5h', 'ttl'); // 5400000
 * ```
 */
export function milliseconds(duration: Duration, option: string): number {
  const ms = typeof duration === 'string' ? written(duration) : duration;
  if (typeof ms === 'number' && ms > 0) return ms;
  throw new CacheConfigError(
    `${option}: ${describe(duration)} is not a duration. Allowed: a positive number of milliseconds, ` +
      `a number with a unit ('500ms', '30s', '5m', '2h', '1d', '1w'), or 'forever'.`,
  );
}

function written(text: string): number | undefined {
  if (text === 'forever') return Number.POSITIVE_INFINITY;
  const match = WRITTEN.exec(text);
  return match ? Number(match[1]) * UNIT[match[2] as DurationUnit] : undefined;
}
