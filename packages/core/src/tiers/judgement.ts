import type { Awaitable } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';

/** Each of `entries` as its tags leave it: itself, a copy that has been stale for longer, or nothing where it is void. */
export type Validity = (entries: readonly Entry[]) => Awaitable<readonly (Entry | undefined)[]>;

/** An entry to a read: what it came for, live but not that, or of no use. */
export type Judgement =
  | { readonly worth: 'wanted' | 'stale'; readonly entry: Entry }
  | { readonly worth: 'nothing'; readonly entry?: undefined };

/** What `entry` is worth at `now`, as its tags left it. */
export function judge(entry: Entry | undefined, { accepts }: Wanted, now: number): Judgement {
  if (!entry) return USELESS;
  return { worth: accepts(entry, now) ? 'wanted' : 'stale', entry };
}

/** What a read came for, and what of it is counted. */
export interface Wanted {
  readonly accepts: (entry: Entry, now: number) => boolean;
  readonly counts: 'all' | 'hits' | 'nothing';
}

const USELESS: Judgement = { worth: 'nothing' };
