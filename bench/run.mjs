// `npm run bench`: measures, prints, and keeps the figures in bench/results and docs/performance.md.
// `--quick`: a cheap run beside the kept figures. It informs, and never fails.
import { fileURLToPath } from 'node:url';
import { record, recorded } from './recorded.mjs';
import { comparisonTable, hotHitTable, intoPage, otherCostsTable, text } from './report.mjs';

const FULL = { rounds: 9, batchMs: 100 };
const QUICK = { rounds: 3, batchMs: 20 };
const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

if (process.argv.includes('--quick'))
  await quick().catch((error) => console.log('bench: not measured:', error));
else await full();
// Some contenders keep timers.
process.exit(0);

async function full() {
  const { hotHit, otherCosts } = await benches();
  const hits = record('hot-hit', await hotHit(FULL), FULL).results;
  console.log(`\nHot hit\n${text(hotHitTable(hits))}`);
  const costs = record('other-costs', await otherCosts(FULL), FULL).results;
  console.log(`\nOther costs\n${text(otherCostsTable(costs))}`);
  intoPage(PAGE, 'hot-hit', hotHitTable(hits));
  intoPage(PAGE, 'other-costs', otherCostsTable(costs));
}

async function quick() {
  const { hotHit, otherCosts } = await benches();
  const then = recorded('hot-hit')?.results;
  for (const [kind, hits] of Object.entries(await hotHit(QUICK))) {
    console.log(`\nHot hit, one ${kind}\n${text(comparisonTable(hits, then?.[kind]))}`);
  }
  const costs = await otherCosts(QUICK);
  console.log(`\nOther costs\n${text(comparisonTable(costs, recorded('other-costs')?.results))}`);
}

/** Imported late: what is missing (a build, a package) must not fail a quick run. */
async function benches() {
  const [{ hotHit }, { otherCosts }] = await Promise.all([
    import('./hot-hit.mjs'),
    import('./other-costs.mjs'),
  ]);
  return { hotHit, otherCosts };
}
