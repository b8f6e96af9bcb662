import type { Blocked } from './history.js';

/**
 * How a process counts time: while its event loop is blocked, none passes. A machine that gives it no turn then does not
 * make it late.
 *
 * @param blocked - of one process, in any order, not overlapping
 */
export function ownTime(blocked: readonly Blocked[]): (instant: number) => number {
  const sorted = [...blocked].sort((a, b) => a.from - b.from);
  const before: number[] = [];
  let sum = 0;
  for (const { from, to } of sorted) {
    before.push(sum);
    sum += to - from;
  }
  return (instant) => {
    const at = lastFrom(sorted, instant);
    if (at < 0) return instant;
    const { from, to } = sorted[at] as Blocked;
    return instant - (before[at] as number) - (Math.min(instant, to) - from);
  };
}

/** The place of the last interval that starts before `instant`; -1 if none does. */
function lastFrom(sorted: readonly Blocked[], instant: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Blocked).from < instant) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
