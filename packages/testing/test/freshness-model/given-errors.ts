import { CacheError } from '@keepsake/core';
import { earliestStart, LONGEST_JOINED } from './earliest-start.js';
import { isAnswered, type Ledger, named } from './ledger.js';
import { overdue } from './overdue.js';
import type { Call, Load, Moment } from './records.js';

/** How many loads in a row a caller sees take too long, and how many run at once. */
const MOST_LOADS = 5;

/** How long before its loader a flight can have begun over a slow tier, in ms. */
const LATENCY = 1000;

/** What it meant to its caller, and what is wrong with it. */
interface Judged {
  readonly outcome: NonNullable<Call['outcome']>;
  readonly violation: string | undefined;
}

/** Judges that `call` was rejected with `error` at the moment `at`. */
export function wrongError(ledger: Ledger, call: Call, error: unknown, at: Moment): Judged {
  const late = overdue(ledger, call, at);
  if (call.signal?.aborted && error === call.signal.reason) return { outcome: 'aborted', violation: late };
  if (ledger.calls.some(({ signal }) => signal?.aborted && signal.reason === error)) {
    return { outcome: 'failed', violation: `${named(call)} got the reason of another caller's signal` };
  }
  if (CacheError.is(error) && error.code === 'CACHE_TIMEOUT') {
    const own = error.message.includes(`hardTimeout of ${call.policy.hardTimeout} ms`);
    const violation = own ? early(ledger, call, at) : unprepared(ledger, call, at);
    return {
      outcome: own ? 'timed out' : 'failed',
      violation: violation ?? denied(ledger, call, at) ?? late,
    };
  }
  const { node, key } = call;
  const load = ledger.loads.find(
    (each) => each.ended && each.error === error && each.call.node === node && each.call.key === key,
  );
  if (load) {
    const unrescued = isAnswered(load) ? undefined : denied(ledger, call, at);
    return { outcome: 'failed', violation: wrongMemory(ledger, call, load, at) ?? unrescued ?? late };
  }
  return { outcome: 'failed', violation: `${named(call)} got an error of nobody: ${String(error)}` };
}

/** The error of a load that ended before the call is an answer that is still remembered, and not invalidated. */
function wrongMemory(ledger: Ledger, call: Call, load: Load, { at }: Moment): string | undefined {
  if ((load.ended as Moment).nth > call.began.nth) return undefined;
  const { rememberErrors = 0 } = load.call.policy;
  const forgottenAt = (load.ended as Moment).at + (load.outcome === 'answered' ? rememberErrors : 0);
  if (load.began.nth < call.floor)
    return `${named(call)} got an error that was remembered over an invalidation`;
  if (at < forgottenAt || !ledger.isCalmSince(load.began)) return undefined;
  return `${named(call)} got an error ${at - forgottenAt} ms after it was to be forgotten`;
}

/** Nobody is given an error who may have the stale value that is there. */
function denied(ledger: Ledger, call: Call, { at }: Moment): string | undefined {
  const kept = ledger.kept(call.key);
  const life = kept?.lives.at(-1);
  const { staleIfError } = call.policy;
  if (!life || staleIfError === undefined || call.kind !== 'call') return undefined;
  if (!ledger.isCalmSince(call.began) || (kept?.load?.ended?.nth ?? Infinity) > call.began.nth)
    return undefined;
  const left = Math.min(life.staleAt + staleIfError, life.expiresAt) - at;
  return left > 0
    ? `${named(call)} got an error, and a stale value was there for ${left} ms more`
    : undefined;
}

/** Nobody is timed out before the `hardTimeout` of the call is over. */
function early(ledger: Ledger, call: Call, { at }: Moment): string | undefined {
  const { hardTimeout = Infinity } = call.policy;
  if (at >= earliestStart(ledger, call) + hardTimeout) return undefined;
  return `${named(call)} was timed out after ${at - call.began.at} ms`;
}

/** Who has set no such `hardTimeout` is timed out only when several loads took 60 s each, or too many run at once. */
function unprepared({ loads }: Ledger, caller: Call, { at }: Moment): string | undefined {
  const own = loads.filter(({ call }) => call.node === caller.node && call.key === caller.key);
  const endless = own.filter(({ began, ended }) => (ended?.at ?? at) - began.at + LATENCY >= LONGEST_JOINED);
  const racing = own.filter(({ began, ended }) => !ended && began.nth > caller.began.nth);
  // The one that is too many may not have begun yet.
  if (endless.length >= MOST_LOADS || racing.length >= MOST_LOADS - 1) return undefined;
  return `${named(caller)} was timed out, without a hardTimeout, after ${endless.length} loads of 60 s`;
}
