import type { Entry } from '../contract/entry.js';
import type { EarlyRefresh } from './freshness-options.js';

/**
 * Whether a hit at `now` on the fresh `entry` should reload it.
 *
 * @param random - in [0, 1); the draw of XFetch
 */
export function isDue(entry: Entry, early: EarlyRefresh, now: number, random: number): boolean {
  if (typeof early === 'number') return now >= entry.createdAt + early * (entry.staleAt - entry.createdAt);
  const beta = early === 'probabilistic' ? 1 : early.beta;
  // -ln of a number in (0, 1]: mostly small, seldom large.
  return now + (entry.loadTime ?? 0) * beta * -Math.log(1 - random) >= entry.staleAt;
}
