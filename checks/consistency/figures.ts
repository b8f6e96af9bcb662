import type { Limits } from './deadline.js';
import type { Outcome } from './run.js';
import { staleness } from './staleness.js';

/** One row of the table. Lengths in ms. */
export interface Figures {
  readonly nemesis: string;
  readonly strikes: number;
  readonly reads: number;
  readonly writes: number;
  /** Strict invalidations that were rejected. */
  readonly rejected: number;
  /** Invalidations that were owed and done later. */
  readonly replayed: number;
  readonly violations: number;
  readonly troubles: number;
  readonly calm: number;
  readonly disturbed: number;
  readonly longestBlocked: number;
  /** The share of its time that the most blocked process was blocked. */
  readonly blockedShare: number;
}

/** What a run comes to. */
export function figuresOf(
  nemesis: string,
  { history, violations, troubles, replayed }: Outcome,
  limits: Limits,
): Figures {
  const { reads, writes, blocked, disturbances } = history;
  const blockedOf = new Map<number, number>();
  let longestBlocked = 0;
  for (const { process, from, to } of blocked) {
    blockedOf.set(process, (blockedOf.get(process) ?? 0) + to - from);
    longestBlocked = Math.max(longestBlocked, to - from);
  }
  let lasted = 1;
  for (const { end } of reads) lasted = Math.max(lasted, end);
  return {
    nemesis,
    strikes: disturbances.length,
    reads: reads.length,
    writes: writes.length,
    rejected: writes.filter(({ acknowledged }) => acknowledged === undefined).length,
    replayed,
    violations: violations.length,
    troubles: troubles.length,
    ...staleness(history, limits),
    longestBlocked,
    blockedShare: Math.max(0, ...blockedOf.values()) / lasted,
  };
}

const HEAD = [
  '| nemesis | strikes | reads | writes | of them rejected | owed, replayed | violations | stalest read, calm | stalest read, disturbed | loop blocked at most | in all |',
  '|---|---|---|---|---|---|---|---|---|---|---|',
];

/** The figures as a table of Markdown. */
export function tableOf(rows: readonly Figures[]): string {
  return [...HEAD, ...rows.map(rowOf)].join('\n');
}

function rowOf(row: Figures): string {
  const cells = [
    row.nemesis,
    row.strikes,
    row.reads,
    row.writes,
    row.rejected,
    row.replayed,
    row.violations,
    `${row.calm.toFixed(1)} ms`,
    row.strikes > 0 ? `${row.disturbed.toFixed(0)} ms` : '',
    `${row.longestBlocked.toFixed(0)} ms`,
    `${(row.blockedShare * 100).toFixed(1)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}
