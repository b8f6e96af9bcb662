import { LONGEST_JOINED } from './earliest-start.js';
import { asSpan, type Ledger, named } from './ledger.js';
import { type Call, type Load, overlap } from './records.js';

/** What is wrong with `load`, which begins now. */
export function wrongLoad(ledger: Ledger, load: Load): string | undefined {
  const { node, key } = load.call;
  const running = ledger.loads.filter(({ ended, call }) => !ended && call.key === key);
  const other = running.find((each) =>
    each.call.node === node ? !mayRunBeside(ledger, each, load) : !mayRunElsewhere(ledger, each, load),
  );
  if (other) return `${describe(load)} began while ${describe(other)} was running`;
  return unwanted(ledger, load) ?? needless(ledger, load);
}

/** One load at once in a process, unless one of them is not joined any more, or a refresh comes. */
function mayRunBeside(ledger: Ledger, older: Load, newer: Load): boolean {
  return (
    newer.call.kind === 'refresh' ||
    [older, newer].some((load) => isOutOfTheWay(ledger, load, newer.began.at))
  );
}

/** One load at once in a fleet whose shared tier works, unless one of them lost its lease, or never had it. */
function mayRunElsewhere(ledger: Ledger, older: Load, newer: Load): boolean {
  return (
    isOutOfTheWay(ledger, older, newer.began.at) ||
    ledger.loads.some(({ call, began }) => isLike(call, older.call) && began.nth > older.began.nth) ||
    [older, newer].some(isWithoutLease) ||
    isVoid(ledger, newer) ||
    !ledger.isCalmSince(older.call.began)
  );
}

function isOutOfTheWay(ledger: Ledger, load: Load, now: number): boolean {
  return (
    load.signal.aborted ||
    now - load.call.began.at >= LONGEST_JOINED ||
    isVoid(ledger, load) ||
    ledger.calls.some((call) => hasTimedOut(call, load, now))
  );
}

/** Whether something happened to the key on the node of `load` since it was asked for. */
function isVoid(ledger: Ledger, { call }: Load): boolean {
  const { key, node } = call;
  const since = { began: call.began };
  return (
    ledger.writes.some((write) => write.keys.includes(key) && overlap(asSpan(write), since)) ||
    ledger.news.some((news) => news.node === node && news.key === key && news.at.nth > call.began.nth) ||
    ledger.calls.some(
      (other) => isLike(other, call) && other.kind === 'refresh' && other.began.nth > call.began.nth,
    )
  );
}

/** Whether `call` may have waited for `load` until its `hardTimeout` was over. */
function hasTimedOut(call: Call, load: Load, now: number): boolean {
  const { hardTimeout = Infinity } = call.policy;
  const end = load.call.began.at + hardTimeout;
  return isLike(call, load.call) && now >= end && (call.ended?.at ?? Infinity) >= end;
}

/** Whether it began because a lease was waited for long enough. */
function isWithoutLease({ began, call }: Load): boolean {
  return began.at - call.began.at >= LONGEST_JOINED;
}

/** Nothing is loaded anew for those who joined a load that took too long when they have their value by now. */
function unwanted(ledger: Ledger, load: Load): string | undefined {
  const isEarly = load.call.policy.earlyRefresh !== undefined;
  if (isEarly || load.began.at - load.call.began.at < LONGEST_JOINED) return undefined;
  const waits = ledger.calls.some((call) => isLike(call, load.call) && !call.ended);
  return waits ? undefined : `${describe(load)} began, and nobody waits for it`;
}

/** What was stored and fresh when it was asked for is not loaded again, unless somebody wants it early. */
function needless(ledger: Ledger, { call, began }: Load): string | undefined {
  const kept = ledger.kept(call.key);
  const load = kept?.load;
  if (!load?.ended || load.ended.nth > call.began.nth || !ledger.isCalmSince(load.began)) return undefined;
  if (call.kind === 'refresh' || call.policy.earlyRefresh !== undefined) return undefined;
  const left = (kept?.lives.at(-1)?.staleAt ?? 0) - began.at;
  return left > 0 ? `${named(call)} loaded ${call.key} again, ${left} ms before it was stale` : undefined;
}

function isLike(a: Call, b: Call): boolean {
  return a.node === b.node && a.key === b.key;
}

function describe({ given, call }: Load): string {
  return `load ${given.id} (${named(call)} on ${call.node})`;
}
