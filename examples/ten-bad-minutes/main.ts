// Ten bad minutes of a shop, on every rung of the ladder from no cache to all that a cache can do about them.
// With --json: prints the figures only.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.js';
import { report } from './report.js';
import { RUNGS } from './rungs.js';
import { TEN_BAD_MINUTES } from './scenario.js';
import { climb } from './simulation.js';

const svg = fileURLToPath(new URL('ladder.svg', import.meta.url));

const start = performance.now();
const results = await climb(RUNGS, TEN_BAD_MINUTES);
const seconds = (performance.now() - start) / 1000;

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(results));
} else {
  console.log(report(results, TEN_BAD_MINUTES));
  writeFileSync(svg, chart(results, TEN_BAD_MINUTES));
  console.log(`Drawn in ladder.svg. ${RUNGS.length} rungs took ${seconds.toFixed(1)} s of real time.`);
}
