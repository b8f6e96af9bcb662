import type { Ledger } from './ledger.js';
import type { Call } from './records.js';

/** A flight older than this need not be joined, in ms. */
export const LONGEST_JOINED = 60_000;
/** One older than this is not joined: the longest `hardTimeout` of a program, which says so where it is above a minute. */
const LONGEST_PATIENCE = 90_000;

/** When the flight that `call` waits for can have begun at the earliest: with it, or with one that it may have joined. */
export function earliestStart(ledger: Ledger, call: Call): number {
  const { at, nth } = call.began;
  const joinable = ledger.calls.filter(
    (other) => other.node === call.node && other.key === call.key && mayBeFlying(ledger, other, nth),
  );
  const starts = joinable.map(({ began }) => Math.max(began.at, at - LONGEST_PATIENCE));
  return Math.min(at, ...starts);
}

/** Whether `call` may have been waiting, or loading in the background, at the moment `nth`. */
function mayBeFlying(ledger: Ledger, call: Call, nth: number): boolean {
  if (call.kind === 'get' || call.began.nth > nth) return false;
  if (!call.ended || call.ended.nth > nth || call.outcome === 'served') return true;
  return ledger.loads.some((load) => load.call === call && (load.ended?.nth ?? Infinity) > nth);
}
