import { isAcknowledged } from './checker.js';
import { deadlinesOf, type Limits } from './deadline.js';
import { grouped } from './grouped.js';
import type { History, Read } from './history.js';
import { ownTime } from './own-time.js';

/** The longest that reads were behind other processes' acknowledged invalidations, in ms of the reader's own time. */
export interface Staleness {
  /** After acknowledgements that nothing disturbed. */
  readonly calm: number;
  /** After the acknowledgement or the end of the disturbance around it, whichever came later. */
  readonly disturbed: number;
}

interface Behind {
  readonly version: number;
  readonly from: number;
  readonly isDisturbed: boolean;
}

/** How stale the stalest read of a history was. */
export function staleness(history: History, limits: Limits): Staleness {
  const blocked = grouped(history.blocked, ({ process }) => process);
  const writes = grouped(history.writes, ({ key }) => key);
  const longest = { calm: 0, disturbed: 0 };
  for (const reads of grouped(history.reads, ({ key, process }) => `${process} ${key}`).values()) {
    const { key, process } = reads[0] as Read;
    const time = ownTime(blocked.get(process) ?? []);
    const deadline = deadlinesOf(process, history.disturbances, time, limits);
    const all = (writes.get(key) ?? [])
      .filter((write) => write.process !== process)
      .filter(isAcknowledged)
      .map(({ acknowledged, version }): Behind => {
        const { from, within } = deadline(acknowledged);
        return { version, from, isDisturbed: within === limits.disturbed };
      });
    longest.calm = Math.max(
      longest.calm,
      longestOf(
        reads,
        all.filter((b) => !b.isDisturbed),
        time,
      ),
    );
    longest.disturbed = Math.max(
      longest.disturbed,
      longestOf(
        reads,
        all.filter((b) => b.isDisturbed),
        time,
      ),
    );
  }
  return longest;
}

function longestOf(
  reads: readonly Read[],
  writes: readonly Behind[],
  time: (instant: number) => number,
): number {
  const sorted = [...writes].sort((a, b) => a.version - b.version);
  // earliest[i]: since when a version of at least sorted[i] has been acknowledged.
  const earliest = sorted.map(({ from }) => from);
  for (let i = earliest.length - 2; i >= 0; i--) {
    earliest[i] = Math.min(earliest[i] as number, earliest[i + 1] as number);
  }
  let longest = 0;
  for (const { version, start } of reads) {
    const since = earliest[firstAbove(sorted, version)];
    if (since !== undefined) longest = Math.max(longest, time(start) - since);
  }
  return longest;
}

function firstAbove(sorted: readonly Behind[], version: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Behind).version > version) high = middle;
    else low = middle + 1;
  }
  return low;
}
