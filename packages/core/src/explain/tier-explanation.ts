import { type Entry, freshness } from '../contract/entry.js';
import type { Rules } from '../freshness/rules.js';
import { isUsable } from './call-verdict.js';
import type { TagExplanation, TierExplanation } from './explanation.js';
import { explainedError, forAnother, inWords, isImplicit, tagInWords } from './in-words.js';
import type { TagLook } from './tag-looks.js';
import type { TierLook } from './tier-look.js';

/** What was seen of a tier at the instant `now`, as it is told. */
export function tierExplanation(look: TierLook, rules: Rules, now: number): TierExplanation {
  const { name, entry, owed, breaker, failure } = look;
  const state = stateOf(look, now);
  const shown = state === 'absent' ? undefined : entry;
  return {
    name,
    state,
    age: shown && Math.max(0, now - shown.createdAt),
    freshFor: shown && shown.staleAt - now,
    goneIn: shown && shown.expiresAt - now,
    reason: reasonOf(look, state, rules, now),
    tags: shown ? look.tags.map(tagExplanation) : [],
    owed,
    breaker,
    error: failure && explainedError(failure.error),
  };
}

function tagExplanation({ tag, valid, staleSince }: TagLook): TagExplanation {
  const since = Number.isFinite(staleSince) ? staleSince : undefined;
  return { tag: tagInWords(tag), valid, staleSince: since, implicit: isImplicit(tag) };
}

function stateOf(look: TierLook, now: number): TierExplanation['state'] {
  const { entry, failure } = look;
  if (failure) return 'unavailable';
  const worth = entry ? freshness(entry, now) : 'expired';
  if (worth === 'expired') return 'absent';
  return isUsable(look, now) ? worth : 'invalid';
}

function reasonOf(look: TierLook, state: TierExplanation['state'], rules: Rules, now: number): string {
  const owed = look.owed ? ', and an invalidation of this key is owed to it' : '';
  if (state === 'unavailable') return silence(look) + owed;
  if (state === 'absent' || !look.entry) return `nothing is here${owed}`;
  if (state === 'invalid') return whyInvalid(look);
  const unread = look.tags.some((tag) => tag.unread) ? '; its tags could not be checked' : '';
  if (state === 'fresh') return freshInWords(look.entry, now) + unread;
  return softly(look) + staleInWords(look.entry, rules, now) + unread;
}

/** Where an entry is stale by its tags: which ones. */
function softly({ entry, tags }: TierLook): string {
  const by = tags.filter(({ staleSince }) => staleSince === entry?.staleAt);
  return by.length === 0 ? '' : `${by.map(({ tag }) => `tag '${tag}' was invalidated softly`).join(', ')}: `;
}

function silence({ breaker, failure }: TierLook): string {
  if (breaker === 'open') return 'it does not answer, and is spared until it does';
  if (breaker === 'halfOpen') return 'it did not answer, and is being asked whether it does again';
  return `it could not be read (${explainedError(failure?.error).name})`;
}

/** A tier with a `maxTtl` keeps an entry for shorter than it is fresh. */
function freshInWords({ staleAt, expiresAt }: Entry, now: number): string {
  const fresh = `fresh ${forAnother(staleAt - now)}`;
  return expiresAt < staleAt
    ? `${fresh}, gone from this tier in ${inWords(expiresAt - now)} (maxTtl)`
    : fresh;
}

function staleInWords(entry: Entry, rules: Rules, now: number): string {
  const allowances = (['staleWhileRevalidate', 'staleIfError'] as const)
    .filter((rule) => rules[rule] > 0)
    .map((rule) => allowance(rule, rules[rule], entry, now));
  const allowed = allowances.length > 0 ? allowances.join(', ') : 'no stale rule allows it';
  return `stale for ${inWords(now - entry.staleAt)}, ${allowed}`;
}

function allowance(rule: string, length: number, { staleAt, expiresAt }: Entry, now: number): string {
  const left = Math.min(staleAt + length, expiresAt) - now;
  return left > 0 ? `${rule} allows it ${forAnother(left)}` : `${rule} allowed it for ${inWords(length)}`;
}

function whyInvalid({ owed, tags }: TierLook): string {
  if (owed) return 'an invalidation of this key is owed to this tier: what it holds is old';
  return tags
    .filter(({ valid }) => !valid)
    .map(invalidated)
    .join(', ');
}

function invalidated({ tag, lost }: TagLook): string {
  const named = isImplicit(tag) ? tagInWords(tag) : `tag '${tag}'`;
  if (lost) return `the marker of ${named} is gone, which invalidates it`;
  return isImplicit(tag) ? `${named} was cleared` : `${named} was invalidated`;
}
