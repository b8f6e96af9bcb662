import { longestStale, type Rules } from './rules.js';

/** The instants that bound the life of an entry. */
export interface Life {
  readonly createdAt: number;
  readonly staleAt: number;
  readonly expiresAt: number;
}

/**
 * The life of a value that is stored at `now` and fresh for `ttl` ms, less a jitter that `random` (in [0, 1)) decides.
 * It expires when no stale rule wants it any more.
 */
export function lifeFrom(now: number, ttl: number, rules: Rules, random: number): Life {
  const staleAt = now + ttl * (1 - rules.jitter * random);
  return { createdAt: now, staleAt, expiresAt: staleAt + longestStale(rules) };
}
