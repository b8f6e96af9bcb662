import { type Entry, freshness } from '../contract/entry.js';
import { type Judgement, judge, type Validity, type Wanted } from './judgement.js';
import { type Tier, unavailable } from './tier.js';

/** What a tier said of a key, and whether it could be asked. */
export type Judged = Judgement & { readonly asked: boolean };

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
  const left = await leftOf(live, validity);
  const judgedAt = now();
  const judged = sought.map(
    ({ wanted }, i): Judged => ({ ...judge(left[i], wanted, judgedAt), asked: answers[i] !== unavailable }),
  );
  const hits = judged.filter(({ worth }) => worth === 'wanted').length;
  tier.hits += hits;
  tier.misses += judged.length - hits;
  return judged;
}

function ifLive(entry: Entry | undefined, now: number): Entry | undefined {
  return entry && freshness(entry, now) !== 'expired' ? entry : undefined;
}

/** What their tags leave of `entries`, in order. */
async function leftOf(
  entries: readonly (Entry | undefined)[],
  validity: Validity,
): Promise<readonly (Entry | undefined)[]> {
  const left = (await validity(entries.filter((entry) => entry !== undefined))).values();
  return entries.map((entry) => entry && left.next().value);
}
