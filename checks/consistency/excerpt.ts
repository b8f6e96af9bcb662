import type { Violation } from './checker.js';
import type { History, Read, Write } from './history.js';

/** How much of a history is shown around a violation, in ms. */
const MARGIN = 30;
const MOST_LINES = 40;

interface Line {
  readonly at: number;
  readonly text: string;
}

/** A violation in words, with the writes of its key and the reads of its process in between. */
export function excerpt({ rule, read, least, cause, late }: Violation, history: History): string {
  const from = cause?.start ?? read.start;
  const isNear = (start: number, end: number): boolean => end >= from - MARGIN && start <= read.end + MARGIN;
  const lines = [
    ...history.writes.filter(({ key }) => key === read.key).flatMap(linesOfWrite),
    ...history.reads
      .filter(({ key, process }) => key === read.key && process === read.process)
      .map((other) => lineOfRead(other, other === read)),
    ...history.disturbances.flatMap(({ what, from: start, to }) => [
      { at: start, text: `-- ${what} --` },
      { at: to, text: `-- end of: ${what} --` },
    ]),
    ...history.blocked
      .filter(({ process }) => process === read.process || process === cause?.process)
      .map(({ process, from, to }) => ({
        at: from,
        text: `process ${process} blocked for ${ms(to - from)}`,
      })),
  ]
    .filter(({ at }) => isNear(at, at))
    .sort((a, b) => a.at - b.at);
  const told = `${rule}: process ${read.process} read version ${read.version} of '${read.key}', at least ${least} was due, ${ms(late)} late`;
  return [told, ...shortened(lines).map(({ at, text }) => `  ${at.toFixed(3).padStart(12)}  ${text}`)].join(
    '\n',
  );
}

function linesOfWrite(write: Write): Line[] {
  const { process, client, via, version, start, bumped, acknowledged } = write;
  const who = `process ${process}.${client}: ${via} of version ${version}`;
  return [
    { at: start, text: `${who} starts` },
    { at: bumped, text: `${who}: the truth is changed` },
    acknowledged === undefined
      ? { at: bumped, text: `${who} is rejected` }
      : { at: acknowledged, text: `${who} is acknowledged` },
  ];
}

function lineOfRead({ process, client, version, start, end }: Read, isIt: boolean): Line {
  const mark = isIt ? '   <-- this one' : '';
  return { at: start, text: `process ${process}.${client}: reads ${version} in ${ms(end - start)}${mark}` };
}

/** Beginning and end: that is where a violation shows. */
function shortened(lines: readonly Line[]): readonly Line[] {
  if (lines.length <= MOST_LINES) return lines;
  const half = MOST_LINES / 2;
  const left = { at: (lines[half] as Line).at, text: `(${lines.length - MOST_LINES} more)` };
  return [...lines.slice(0, half), left, ...lines.slice(-half)];
}

function ms(length: number): string {
  return `${length.toFixed(1)} ms`;
}
