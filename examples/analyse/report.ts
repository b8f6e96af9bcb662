import type { Findings } from './findings.js';
import type { ColdRun, Job } from './job.js';
import type { Pass } from './pass.js';

/** What `report` shows of a job. */
export interface Outcome {
  readonly job: Job;
  /** The same job in a process of its own, where this one had something to analyse. */
  readonly other: Job | undefined;
  readonly root: string;
  readonly directory: string;
  /** How long finding the files took. */
  readonly findMs: number;
}

/** The whole report, as text. */
export function report(outcome: Outcome): string {
  const { job, root, findMs } = outcome;
  const parts = [
    `${count(job.files)} of ${count(job.found)} TypeScript files in ${job.findings.packages} packages under ${root}, ${megabytes(job.bytes)}.`,
    history(job),
    table(rowsOf(outcome)),
    `Time: reading and hashing every file, and analysing it or finding its result. Finding the files took another ${seconds(findMs)}.\n` +
      `On disk: ${count(job.stored.entries)} entries, ${megabytes(job.stored.bytes)} in ${outcome.directory}.`,
    findings(job.findings),
  ];
  return `${parts.join('\n\n')}\n`;
}

function history({ first, cold }: Job): string {
  if (first.loads === 0) {
    const when = cold ? `; the cold one was measured at ${new Date(cold.at).toISOString()}` : '';
    return `Found the results of an earlier run on disk${when}.`;
  }
  if (first.hits.file === 0) return 'Nothing was known of these files: this was a cold run.';
  return `${count(first.loads)} contents were new or had changed; the others were found on disk.`;
}

type Row = readonly string[];

function rowsOf({ job, other }: Outcome): readonly Row[] {
  const { first, cold, again, sinceStartMs } = job;
  const isWarm = first.loads === 0;
  const fromDisk = isWarm ? job : other;
  const isPartly = !isWarm && first.hits.file !== 0;
  const measured: Pass | undefined = isWarm || isPartly ? undefined : first;
  return [
    ['', 'time', 'speed-up', 'since start', 'memory', 'disk', 'joined', 'analysed'],
    ...(cold ? [row('cold', cold.ms, cold, measured, cold.sinceStartMs)] : []),
    ...(isPartly ? [row('partly known', first.ms, cold, first, sinceStartMs)] : []),
    row('warm, same process', again.ms, cold, again),
    ...(fromDisk
      ? [row('warm from disk, new process', fromDisk.first.ms, cold, fromDisk.first, fromDisk.sinceStartMs)]
      : []),
  ];
}

function row(
  name: string,
  ms: number,
  cold: ColdRun | undefined,
  pass: Pass | undefined,
  sinceStartMs?: number,
): Row {
  return [
    name,
    seconds(ms),
    cold ? `${(cold.ms / ms).toFixed(cold.ms / ms < 10 ? 1 : 0)} ×` : '–',
    sinceStartMs === undefined ? '–' : seconds(sinceStartMs),
    pass ? count(pass.hits.memory ?? 0) : '–',
    pass ? count(pass.hits.file ?? 0) : '–',
    pass ? count(pass.joined) : '–',
    pass ? count(pass.loads) : '–',
  ];
}

function table(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  const drawn = rows.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   '),
  );
  return [drawn[0], '─'.repeat(drawn[0]?.length ?? 0), ...drawn.slice(1)].join('\n');
}

function findings({ exports, documented, repeated, mostComplex, leastDocumented }: Findings): string {
  return [
    `Exports: ${count(exports)}, of which ${percent(documented)} have a doc comment. ${count(repeated)} files repeat the code of another one.`,
    '',
    'Most complex functions and type aliases',
    ...mostComplex.map(
      (one) => `  ${String(one.complexity).padStart(6)}  ${one.name}, ${one.path}:${one.line}`,
    ),
    '',
    'Least documented packages',
    ...leastDocumented.map(
      (one) => `  ${percent(one.documented / one.exports).padStart(6)}  ${one.name} (${one.exports} exports)`,
    ),
  ].join('\n');
}

const count = (n: number): string => n.toLocaleString('en');
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
