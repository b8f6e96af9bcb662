/**
 * A cached value with the instants that bound its life.
 *
 * All instants are epoch milliseconds. On this side of a backend they are in the time of this process' clock; a tier
 * that several processes share keeps them in a time of its own and translates (see `docs/tiers.md`).
 */
export interface Entry<V = unknown> {
  readonly value: V;
  readonly createdAt: number;
  /** Until here the entry is fresh. `Infinity` for ever. */
  readonly staleAt: number;
  /** From here on the entry is gone; in a tier that keeps it for shorter (`maxTtl`), before `staleAt`. `Infinity` for ever. */
  readonly expiresAt: number;
  /** How long its load took, in ms, where early refresh goes by that. */
  readonly loadTime?: number;
  /** Tag → the nonce that its marker had before the value was loaded. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Fresh: servable. Stale: servable under a stale rule. Expired: gone. */
export type Freshness = 'fresh' | 'stale' | 'expired';

/** What an entry is worth at the instant `now`. Both ends of a life are exclusive: an entry is stale *at* `staleAt`. */
export function freshness(entry: Entry, now: number): Freshness {
  if (now >= entry.expiresAt) return 'expired';
  return now < entry.staleAt ? 'fresh' : 'stale';
}

/**
 * The same entry, gone at most `maxTtl` ms after `now`: what a tier with a bound may keep. When it is stale stays true,
 * so that nobody takes the end of its stay for the end of its life.
 */
export function capped(entry: Entry, now: number, maxTtl: number): Entry {
  const end = now + maxTtl;
  return entry.expiresAt <= end ? entry : { ...entry, expiresAt: end };
}

/** The same entry on a clock that shows `offset` ms more. */
export function shifted(entry: Entry, offset: number): Entry {
  if (offset === 0) return entry;
  return {
    ...entry,
    createdAt: entry.createdAt + offset,
    staleAt: entry.staleAt + offset,
    expiresAt: entry.expiresAt + offset,
  };
}
