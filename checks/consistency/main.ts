// npm run test:consistency -- [--seed n] [--nemesis 'bus cut'] [--seconds n] [--processes n] [--without leases …]
import { type Arguments, argumentsOf } from './arguments.js';
import { excerpt } from './excerpt.js';
import { type Figures, figuresOf, tableOf } from './figures.js';
import { NEMESES, type Nemesis } from './nemesis.js';
import { writePage } from './page.js';
import { PROTECTIONS, type Protection } from './protections.js';
import { type Outcome, run } from './run.js';

const LIMITS = { calm: 50, disturbed: 1000 };
/** Of the violations and of the troubles of a run, so many are shown. */
const SHOWN = 3;
/** How long the check may take to see that a protection is missing, in s, at each of its attempts. */
const SABOTAGED = 10;
const ATTEMPTS = 3;

const args = argumentsOf(process.argv.slice(2));
const rows: Figures[] = [];
for (const nemesis of args.nemeses ?? NEMESES) rows.push(await under(nemesis, args));
console.log(`\n${tableOf(rows)}\n`);
const violations = rows.reduce((sum, row) => sum + row.violations, 0);
const isAsExpected = args.expectViolation ? violations > 0 : violations === 0;
const isWhole = !args.nemeses && !args.without;
const unseen = isWhole ? await unseenSabotage(args) : [];
if (args.expectViolation && !isAsExpected) console.log('A violation was expected, and none was found.');
if (!isAsExpected || unseen.length > 0 || rows.some(({ troubles }) => troubles > 0)) process.exitCode = 1;
if (args.writeDocs) writePage(rows, args);

async function under(nemesis: Nemesis, given: Arguments): Promise<Figures> {
  const outcome = await run({ ...given, nemeses: [nemesis], limits: LIMITS });
  const row = figuresOf(nemesis.name, outcome, LIMITS);
  const { reads, writes, troubles } = row;
  const clocks = `clocks agree within ${outcome.clockUncertainty.toFixed(2)} ms`;
  const found = `${row.violations} violations, ${troubles} troubles in ${reads} reads and ${writes} writes`;
  console.log(`${nemesis.name}: ${found}; seed ${given.seed}; ${clocks}`);
  if (row.violations + troubles > 0) explain(outcome, nemesis, given);
  return row;
}

function explain({ history, violations, troubles }: Outcome, nemesis: Nemesis, given: Arguments): void {
  for (const violation of violations.slice(0, SHOWN)) console.log(`\n${excerpt(violation, history)}`);
  for (const { process: who, at, what } of troubles.slice(0, SHOWN)) {
    console.log(`\nprocess ${who} at ${at.toFixed(0)} ms: ${what}`);
  }
  console.log(`\nAgain: npm run test:consistency -- ${replay(nemesis, given)}\n`);
}

function replay({ name }: Nemesis, given: Arguments): string {
  const { seed, seconds, processes, clients, keys, without } = given;
  const switches = without ? ` --without ${without}` : '';
  return `--seed ${seed} --nemesis '${name}' --seconds ${seconds} --processes ${processes} --clients ${clients} --keys ${keys}${switches}`;
}

/** The protections whose absence this check does not see: then it would not see a fault in them either. */
async function unseenSabotage(given: Arguments): Promise<readonly Protection[]> {
  const unseen: Protection[] = [];
  for (const without of PROTECTIONS) {
    const found = await sabotaged(without, given);
    console.log(
      `without ${without}: ${found > 0 ? `${found} violations, as expected` : 'nothing was found'}`,
    );
    if (found === 0) unseen.push(without);
  }
  return unseen;
}

async function sabotaged(without: Protection, given: Arguments): Promise<number> {
  const nemeses = NEMESES.filter(({ name }) => name === 'bus cut');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const seed = given.seed + attempt;
    const sabotage = { ...given, seed, without, nemeses, seconds: SABOTAGED, limits: LIMITS };
    const { violations: found } = await run(sabotage);
    if (found.length > 0) return found.length;
  }
  return 0;
}
