import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { resolveRedisBinary } from '../../test-support/redis-global-setup.js';
import { FAULTS } from './list.js';
import { broken, type Figures, measure } from './measure.js';
import { DOCUMENT, documentOf, type Row } from './report.js';
import { SUBJECTS, type SubjectName } from './subjects/names.js';

const USAGE = `npm run test:faults -- [--quick] [--only <text>] [--subject <name>]
  --quick    the rows that take less than 2 s, Keepsake only
  --only     the rows whose name contains the text
  --subject  one of ${SUBJECTS.join(', ')}
docs/faults.md is written by a run of all rows and all caches.`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    subject: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) console.log(USAGE);
else await main();

async function main(): Promise<void> {
  const faults = FAULTS.filter(({ name, quick }) => name.includes(flags.only) && (quick || !flags.quick));
  const subjects = SUBJECTS.filter((name) =>
    flags.quick ? name === 'keepsake' : !flags.subject || name === flags.subject,
  );
  const rows: Row[] = [];
  const misses: string[] = [];
  for (const fault of faults) {
    const figures = await measureAll(fault, subjects);
    rows.push({ fault, figures });
    print({ fault, figures });
    if (figures.keepsake) misses.push(...broken(fault, figures.keepsake));
  }
  if (faults.length === FAULTS.length && subjects.length === SUBJECTS.length) {
    writeFileSync(DOCUMENT, documentOf(readFileSync(DOCUMENT, 'utf8'), rows, redisVersion()));
    console.log(`${DOCUMENT} is written`);
  }
  for (const miss of misses) console.error(`does not hold: ${miss}`);
  process.exitCode = misses.length > 0 ? 1 : 0;
}

/** Keepsake alone; then the others together, since they wait most of the time. */
async function measureAll(fault: Row['fault'], subjects: readonly SubjectName[]): Promise<Row['figures']> {
  const figures: Partial<Record<SubjectName, Figures>> = {};
  const add = async (name: SubjectName): Promise<void> => {
    figures[name] = await measure(fault, name);
  };
  if (subjects.includes('keepsake')) await add('keepsake');
  await Promise.all(subjects.filter((name) => name !== 'keepsake').map(add));
  return figures;
}

function redisVersion(): string {
  const { file, env } = resolveRedisBinary();
  return (
    /v=(\S+)/.exec(execFileSync(file, ['--version'], { env }).toString())?.[1] ?? 'of an unknown version'
  );
}

function print({ fault, figures }: Row): void {
  console.log(`\n${fault.name}`);
  for (const [name, { text }] of Object.entries(fault.bounds)) {
    const each = SUBJECTS.filter((subject) => figures[subject]);
    console.log(
      `  ${name} (${text}): ${each.map((subject) => `${subject} ${figures[subject]?.[name]}`).join(' · ')}`,
    );
  }
}
