import { type Deadline, deadlinesOf, type Limits } from './deadline.js';
import { grouped } from './grouped.js';
import type { History, Read, Write } from './history.js';
import { ownTime } from './own-time.js';
import { type Demand, firstUnmet } from './sweep.js';

/** What every history has to keep to. */
type Rule =
  /** A read in another process that starts later than the limit after an acknowledgement sees the new value. */
  | 'others follow in time'
  /** A read in the invalidating process that starts after the acknowledgement sees the new value. */
  | 'the invalidating process follows at once'
  /** A read that starts after another one of its process ended sees nothing older. */
  | 'reads of a process never go back'
  /** When all is quiet every process reads the truth. */
  | 'all processes come to the truth';

/** A read that broke a rule, with the event that it contradicts. */
export interface Violation {
  readonly rule: Rule;
  readonly read: Read;
  /** The version that it had to see at least. */
  readonly least: number;
  /** The invalidation or the earlier read that shows it; nothing shows the truth but itself. */
  readonly cause: Write | Read | undefined;
  /** How long after it had to be seen, in ms, by the reader's own time. */
  readonly late: number;
}

/**
 * The violations of a history, by the start of the read: at most one per read and rule.
 *
 * Events are sorted once per key and process and looked at once: O(n log n), plus writes × disturbances.
 */
export function check(history: History, limits: Limits): readonly Violation[] {
  const writes = grouped(history.writes, ({ key }) => key);
  const blocked = grouped(history.blocked, ({ process }) => process);
  const violations = [...grouped(history.reads, ({ key, process }) => `${process} ${key}`).values()].flatMap(
    (reads) => {
      const { process, key } = reads[0] as Read;
      const time = ownTime(blocked.get(process) ?? []);
      const ofKey = (writes.get(key) ?? []).filter(isAcknowledged);
      return [
        ...otherProcesses(reads, ofKey, deadlinesOf(process, history.disturbances, time, limits), time),
        ...ownProcess(reads, ofKey),
        ...monotonic(reads),
      ];
    },
  );
  violations.push(...atRest(history));
  return violations.sort((a, b) => a.read.start - b.read.start);
}

type Acknowledged = Write & { readonly acknowledged: number };

export function isAcknowledged(write: Write): write is Acknowledged {
  return write.acknowledged !== undefined;
}

function otherProcesses(
  reads: readonly Read[],
  writes: readonly Acknowledged[],
  deadline: (acknowledged: number) => Deadline,
  time: (instant: number) => number,
): Violation[] {
  const demands = writes
    .filter(({ process }) => process !== reads[0]?.process)
    .map((write): Demand<Write> => {
      const { from, within } = deadline(write.acknowledged);
      return { after: from + within, version: write.version, cause: write };
    });
  return violationsOf('others follow in time', reads, demands, time);
}

function ownProcess(reads: readonly Read[], writes: readonly Acknowledged[]): Violation[] {
  const demands = writes
    .filter(({ process }) => process === reads[0]?.process)
    .map((write): Demand<Write> => ({ after: write.acknowledged, version: write.version, cause: write }));
  return violationsOf('the invalidating process follows at once', reads, demands, asItIs);
}

function monotonic(reads: readonly Read[]): Violation[] {
  const demands = reads.map(
    (read): Demand<Read> => ({ after: read.end, version: read.version, cause: read }),
  );
  return violationsOf('reads of a process never go back', reads, demands, asItIs);
}

function violationsOf(
  rule: Rule,
  reads: readonly Read[],
  demands: readonly Demand<Write | Read>[],
  time: (instant: number) => number,
): Violation[] {
  return firstUnmet(reads, demands, ({ start }) => time(start)).map(({ read, demand }) => ({
    rule,
    read,
    least: demand.version,
    cause: demand.cause,
    late: time(read.start) - demand.after,
  }));
}

/** A version the truth does not know is no better than an old one. */
function atRest({ last, truth }: History): Violation[] {
  return last
    .filter(({ key, version }) => version !== truth[key])
    .map((read) => ({
      rule: 'all processes come to the truth',
      read,
      least: truth[read.key] ?? 0,
      cause: undefined,
      late: 0,
    }));
}

function asItIs(instant: number): number {
  return instant;
}
