import type { Engine } from '../cache/engine.js';
import { type Awaitable, attempt, chain, isPending } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import type { Tier } from '../tiers/tier.js';
import type { BreakerState } from '../wrappers/breaker.js';
import type { TagLook, TagLooks } from './tag-looks.js';

/** What was seen of one tier. */
export interface TierLook {
  readonly name: string;
  readonly entry: Entry | undefined;
  readonly tags: readonly TagLook[];
  /** Whether a call would see the entry within its tick. */
  readonly atHand: boolean;
  readonly owed: boolean;
  readonly breaker: BreakerState | undefined;
  /** The tier did not answer; it was not asked where its breaker is not closed. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Reads what `tier` has under the stored `key`: nothing is counted, learnt, moved or leased, and no failure reported. */
export function lookAt(engine: Engine, tier: Tier, key: string, tags: TagLooks): Awaitable<TierLook> {
  const guard = engine.guardOf(tier);
  const nothing: TierLook = {
    name: tier.name,
    entry: undefined,
    tags: [],
    atHand: false,
    owed: guard?.owes(key) ?? false,
    breaker: guard?.breaker,
    failure: undefined,
  };
  const read = attempt<Read, Read>(
    () => chain(guard ? guard.peek(key) : tier.backend.get(key), (entry) => ({ entry })),
    (error) => ({ failure: { error } }),
  );
  const isFront = tier === engine.tiers.front && tier.local && !isPending(read);
  return chain(read, ({ entry, failure }): Awaitable<TierLook> => {
    if (!entry) return { ...nothing, failure };
    const atHand = isFront && engine.markers.peek(entry) !== undefined;
    return chain(tags.of(entry), (seen) => {
      const staleAt = Math.min(entry.staleAt, ...seen.map(({ staleSince }) => staleSince));
      return { ...nothing, entry: { ...entry, staleAt }, tags: seen, atHand };
    });
  });
}

interface Read {
  readonly entry?: Entry | undefined;
  readonly failure?: { readonly error: unknown };
}
