import type { Entry } from '../contract/entry.js';
import type { Rules } from './rules.js';

/** What is done with a stale entry: served, served while it is reloaded, or kept for when the load fails. */
export type StaleVerdict = 'serve' | 'revalidate' | 'load';

/**
 * What a call at `now` does with a stale entry.
 *
 * @param paused - whether a reload has failed just now, and the source is spared
 */
export function staleVerdict(entry: Entry, rules: Rules, now: number, paused: boolean): StaleVerdict {
  const revalidates = isWithin(entry, rules.staleWhileRevalidate, now);
  if (paused) return revalidates || isServableOnError(entry, rules, now) ? 'serve' : 'load';
  return revalidates ? 'revalidate' : 'load';
}

/** Whether the entry may be served at `now` in place of a load that failed or is slow. */
export function isServableOnError(entry: Entry, rules: Rules, now: number): boolean {
  return isWithin(entry, rules.staleIfError, now);
}

/** Whether some stale rule or timeout makes callers of a load answer before it does, or in its place. */
export function isPlain(rules: Rules): boolean {
  return (
    rules.staleWhileRevalidate === 0 &&
    rules.staleIfError === 0 &&
    rules.hardTimeout === Number.POSITIVE_INFINITY
  );
}

function isWithin(entry: Entry, length: number, now: number): boolean {
  return now < Math.min(entry.staleAt + length, entry.expiresAt);
}
