import { type Entry, freshness } from '../contract/entry.js';
import { isDue } from '../freshness/early-refresh.js';
import { longestStale, type Rules } from '../freshness/rules.js';
import { isServableOnError, staleVerdict } from '../freshness/verdict.js';
import type { BackoffExplanation, Explanation, FlightExplanation } from './explanation.js';
import type { TierLook } from './tier-look.js';

/** What is known at the instant `now` of whatever decides about a call. */
export interface Circumstances {
  readonly now: number;
  readonly rules: Rules;
  readonly looks: readonly TierLook[];
  readonly flight: FlightExplanation | undefined;
  /** What the flight is to replace, as far as it knows. */
  readonly sighted: Live | undefined;
  readonly backoff: BackoffExplanation | undefined;
}

/** What becomes of a call. */
export type Foreseen = Pick<Explanation, 'verdict' | 'tier' | 'reloads' | 'fallback'>;

/** An entry that may be used, fresh or stale, and the tier that has it. */
interface Live {
  readonly name: string;
  readonly entry: Entry;
}

/** What a call would do, decided in the order in which the call itself decides (`Cache.call`, `Flights.call`, `attend`). */
export function foreseen(circumstances: Circumstances): Foreseen {
  const usable = circumstances.looks.filter((look) => isUsable(look, circumstances.now));
  const live = usable.map(({ name, entry }) => ({ name, entry: entry as Entry }));
  const front = usable[0]?.atHand ? live[0] : undefined;
  return (
    atHand(front, live.slice(1), circumstances) ??
    whilePaused(live, circumstances) ??
    joined(live, circumstances) ??
    started(live, circumstances)
  );
}

/** Whether the entry of a tier may be used, by its tags and by what the tier owes. */
export function isUsable({ entry, owed, tags }: TierLook, now: number): boolean {
  return (
    entry !== undefined && !owed && tags.every(({ valid }) => valid) && freshness(entry, now) !== 'expired'
  );
}

/** What the front tier or a remembered error answers within the tick of the call; a reload looks `behind` it first. */
function atHand(
  front: Live | undefined,
  behind: readonly Live[],
  circumstances: Circumstances,
): Foreseen | undefined {
  const { now, rules, flight, backoff } = circumstances;
  const fresh = behind.filter(({ entry }) => freshness(entry, now) === 'fresh');
  if (front && freshness(front.entry, now) === 'fresh') {
    const found = hit(front, circumstances);
    return { ...found, reloads: found.reloads && fresh.every((other) => isEarly(other, circumstances)) };
  }
  if (backoff?.kind === 'rethrow') return { verdict: 'rethrow', ...nothing };
  if (!front || longestStale(rules) === 0) return undefined;
  const verdict = staleVerdict(front.entry, rules, now, backoff?.kind === 'pause');
  return verdict === 'load'
    ? undefined
    : stale(front, verdict === 'revalidate' && !flight && !backoff && fresh.length === 0);
}

/** The source is spared: the first live value of any tier does in its place, if some stale rule is given. */
function whilePaused(live: readonly Live[], circumstances: Circumstances): Foreseen | undefined {
  const { now, rules, backoff } = circumstances;
  const [first] = live;
  if (!backoff || !first || longestStale(rules) === 0) return undefined;
  if (staleVerdict(first.entry, rules, now, backoff.kind === 'pause') === 'load') return undefined;
  return given(first, circumstances);
}

/** What joins the running load, and is perhaps served without waiting for it. */
function joined(live: readonly Live[], circumstances: Circumstances): Foreseen | undefined {
  const { now, rules, flight, sighted } = circumstances;
  if (!flight || isGivenUp(flight, circumstances)) return undefined;
  const best = sighted ?? bestStale(live, now);
  const fallback = isFallback(best, circumstances) ? best : undefined;
  const isSlow = flight.runningFor >= Math.min(rules.softTimeout, rules.hardTimeout);
  const isAtOnce = best && staleVerdict(best.entry, rules, now, false) === 'revalidate';
  if (isAtOnce) return given(best, circumstances);
  if (isSlow && fallback) return given(fallback, circumstances);
  return { verdict: 'join', ...nothing, fallback: fallback?.name };
}

/** A call that would wait too long from the start, with nothing to go on with, loads anew. */
function isGivenUp({ runningFor }: FlightExplanation, circumstances: Circumstances): boolean {
  return runningFor >= circumstances.rules.hardTimeout && !isFallback(circumstances.sighted, circumstances);
}

/** What starts a load, unless that finds something better. */
function started(live: readonly Live[], circumstances: Circumstances): Foreseen {
  const { now, rules } = circumstances;
  const fresh = live.find(({ entry }) => freshness(entry, now) === 'fresh');
  if (fresh) return hit(fresh, circumstances);
  const best = bestStale(live, now);
  if (best && staleVerdict(best.entry, rules, now, false) === 'revalidate') return stale(best, true);
  return { verdict: 'load', ...nothing, fallback: isFallback(best, circumstances) ? best?.name : undefined };
}

/** Whether a load that fails or is slow may be replaced by it. */
function isFallback(live: Live | undefined, { now, rules }: Circumstances): boolean {
  return live !== undefined && isServableOnError(live.entry, rules, now);
}

/** What is served without a load that the call starts. */
function given(live: Live, circumstances: Circumstances): Foreseen {
  const isFresh = freshness(live.entry, circumstances.now) === 'fresh';
  return isFresh ? hit(live, circumstances) : stale(live, false);
}

function hit(live: Live, circumstances: Circumstances): Foreseen {
  const { flight, backoff } = circumstances;
  const reloads = isEarly(live, circumstances) && !flight && !backoff;
  return { ...nothing, verdict: 'hit', tier: live.name, reloads };
}

/** By chance, an early refresh may start more often: here only what is certain counts. */
function isEarly({ entry }: Live, { now, rules }: Circumstances): boolean {
  return rules.earlyRefresh !== undefined && isDue(entry, rules.earlyRefresh, now, 0);
}

function stale({ name }: Live, reloads: boolean): Foreseen {
  return { ...nothing, verdict: 'stale', tier: name, reloads };
}

/** The one that was stale last; of two that are alike the one nearer the caller. */
function bestStale(live: readonly Live[], now: number): Live | undefined {
  const stale = live.filter(({ entry }) => freshness(entry, now) === 'stale');
  return stale.reduce<Live | undefined>(
    (best, tier) => (best && best.entry.staleAt >= tier.entry.staleAt ? best : tier),
    undefined,
  );
}

const nothing = { tier: undefined, reloads: false, fallback: undefined } as const;
