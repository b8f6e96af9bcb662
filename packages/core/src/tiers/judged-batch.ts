import { type Entry, freshness } from '../contract/entry.js';
import type { Validity, Wanted, Worth } from './reader.js';
import { type Tier, unavailable } from './tier.js';

/** What a tier said of a key. */
export interface Judged {
  readonly worth: Worth;
  readonly entry?: Entry;
  /** Whether the tier could be asked. */
  readonly asked: boolean;
}

/** A key, and what a read came for there. */
interface WantedAt {
  readonly key: string;
  readonly wanted: Wanted;
}

/** What `tier` has of many keys, in order, and what that is worth: one batch, and one question of validity. */
export async function judgedBatch(
  tier: Tier,
  sought: readonly WantedAt[],
  now: () => number,
  validity: Validity,
): Promise<readonly Judged[]> {
  const answers = await tier.getEach(sought.map(({ key }) => key));
  const readAt = now();
  const live = answers.map((answer) => (answer === unavailable ? undefined : ifLive(answer, readAt)));
  const valid = await validOf(live, validity);
  const judgedAt = now();
  const judged = live.map((entry, i): Judged => {
    const asked = answers[i] !== unavailable;
    if (!entry || !valid.has(entry)) return { asked, worth: 'nothing' };
    return { asked, entry, worth: sought[i]?.wanted.accepts(entry, judgedAt) ? 'wanted' : 'stale' };
  });
  const hits = judged.filter(({ worth }) => worth === 'wanted').length;
  tier.hits += hits;
  tier.misses += judged.length - hits;
  return judged;
}

function ifLive(entry: Entry | undefined, now: number): Entry | undefined {
  return entry && freshness(entry, now) !== 'expired' ? entry : undefined;
}

async function validOf(
  entries: readonly (Entry | undefined)[],
  validity: Validity,
): Promise<ReadonlySet<Entry>> {
  const there = entries.filter((entry) => entry !== undefined);
  const valid = await validity(there);
  return new Set(there.filter((_, i) => valid[i]));
}
