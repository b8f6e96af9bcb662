import { type Ledger, named } from './ledger.js';
import type { Call, Moment } from './records.js';

/** How much longer a call may take that has to ask a tier in trouble first, in ms. */
const TROUBLE = 1000;

/** Nobody waits longer than `hardTimeout` says, or for longer than until the own signal is aborted. */
export function overdue(ledger: Ledger, call: Call, { at }: Moment): string | undefined {
  const { began, policy } = call;
  const { hardTimeout = Infinity, abortAfter = Infinity } = policy;
  const grace = ledger.isCalmSince(began) ? 0 : TROUBLE;
  const waited = at - began.at;
  if (waited > hardTimeout + grace)
    return `${named(call)} waited ${waited} ms; its hardTimeout is ${hardTimeout} ms`;
  if (waited > abortAfter)
    return `${named(call)} waited ${waited} ms, and its signal was aborted after ${abortAfter} ms`;
  return undefined;
}
