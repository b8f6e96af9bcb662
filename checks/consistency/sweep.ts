import type { Read } from './history.js';

/** Reads that start later than `after` have to see `version`, or a later one. */
export interface Demand<C> {
  readonly after: number;
  readonly version: number;
  /** The event that demands it. */
  readonly cause: C;
}

/** A read with the demand that it did not meet. */
export interface Unmet<C> {
  readonly read: Read;
  readonly demand: Demand<C>;
}

/** Every read that saw less than was demanded when it started, with the demand that was then the highest. O(n log n). */
export function firstUnmet<C>(
  reads: readonly Read[],
  demands: readonly Demand<C>[],
  startOf: (read: Read) => number,
): readonly Unmet<C>[] {
  const due = [...demands].sort((a, b) => a.after - b.after);
  const sorted = reads.map((read) => ({ read, start: startOf(read) })).sort((a, b) => a.start - b.start);
  const unmet: Unmet<C>[] = [];
  let next = 0;
  let highest: Demand<C> | undefined;
  for (const { read, start } of sorted) {
    for (let demand = due[next]; demand && demand.after < start; demand = due[++next]) {
      if (!highest || demand.version > highest.version) highest = demand;
    }
    if (highest && read.version < highest.version) unmet.push({ read, demand: highest });
  }
  return unmet;
}
