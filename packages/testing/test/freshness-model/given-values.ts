import { longestWindow } from './call-policy.js';
import { earliestStart, LONGEST_JOINED } from './earliest-start.js';
import { isAnswered, type Ledger, named } from './ledger.js';
import { overdue } from './overdue.js';
import type { Call, Given, Life, Moment, Value } from './records.js';

/** What is wrong with giving `given` to `call` at the moment `at`. */
export function wrongValue(
  ledger: Ledger,
  call: Call,
  given: Given | undefined,
  at: Moment,
): string | undefined {
  if (given === undefined) return call.kind === 'get' ? undefined : `${named(call)} got nothing`;
  const value = ledger.values.get(given.id);
  if (value?.given !== given || given.key !== call.key) return `${named(call)} got what is not of its key`;
  return (
    invalidated(call, value) ??
    outlived(call, value, at) ??
    notLoaded(call, value) ??
    unprovoked(ledger, call, value, at) ??
    overdue(ledger, call, at)
  );
}

/** Never a value that was invalidated before the call. */
function invalidated(call: Call, { given, since }: Value): string | undefined {
  if (since >= call.floor) return undefined;
  return `${named(call)} got version ${given.version}, which was invalidated before the call`;
}

/** Never past the stale window of the call, nor past the end of the value. */
function outlived(call: Call, value: Value, { at }: Moment): string | undefined {
  const { staleAt, expiresAt } = lifeDuring(call, value);
  const window = call.kind === 'call' ? longestWindow(call.policy) : 0;
  if (at >= staleAt + window)
    return `${named(call)} got a value ${at - staleAt} ms stale, its window is ${window} ms`;
  return at >= expiresAt ? `${named(call)} got a value ${at - expiresAt} ms after its end` : undefined;
}

/** A refresh is answered by a load that began for it, or after it. */
function notLoaded(call: Call, { load }: Value): string | undefined {
  if (call.kind !== 'refresh' || (load && load.began.nth > call.began.nth)) return undefined;
  return `${named(call)} got what was loaded before`;
}

/** What only `staleIfError` allows is not given before something failed or was slow. */
function unprovoked(ledger: Ledger, call: Call, value: Value, { at }: Moment): string | undefined {
  const { staleWhileRevalidate = 0, softTimeout = Infinity, hardTimeout = Infinity } = call.policy;
  if (at < lifeDuring(call, value).staleAt + staleWhileRevalidate) return undefined;
  const patience = Math.min(softTimeout, hardTimeout, LONGEST_JOINED);
  const isSlow = at >= earliestStart(ledger, call) + patience;
  if (isSlow || hasFailed(ledger, call, at)) return undefined;
  return `${named(call)} got a stale value by staleIfError, and no load had failed or was slow`;
}

/** Whether a load of the key failed during the call, or so shortly before that its source is spared. */
function hasFailed(ledger: Ledger, { node, key, began }: Call, at: number): boolean {
  return ledger.loads.some((load) => {
    const { call, outcome, ended } = load;
    if (call.node !== node || call.key !== key || !ended || outcome === 'loaded' || isAnswered(load))
      return false;
    return ended.nth > began.nth || at < ended.at + (call.policy.retryAfter ?? 1000);
  });
}

/** The best life that the value had while the call lasted. */
function lifeDuring({ began }: Call, { lives, touching }: Value): Pick<Life, 'staleAt' | 'expiresAt'> {
  if (touching > 0 || lives.length === 0) return { staleAt: Infinity, expiresAt: Infinity };
  const later = lives.filter(
    (life, i) => (lives[i + 1]?.from ?? Infinity) > began.nth || life.from > began.nth,
  );
  return {
    staleAt: Math.max(...later.map(({ staleAt }) => staleAt)),
    expiresAt: Math.max(...later.map(({ expiresAt }) => expiresAt)),
  };
}
