import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chart } from './chart.js';
import { report } from './report.js';
import { RUNGS } from './rungs.js';
import { type Scenario, TEN_BAD_MINUTES } from './scenario.js';
import { climb, type Result } from './simulation.js';

/** A hundred bad seconds of a smaller shop that was opened an hour ago. */
const SHORTER: Scenario = {
  ...TEN_BAD_MINUTES,
  products: 100,
  warmUp: 3600,
  seconds: 100,
  peak: 10,
  slow: { from: 20, to: 40 },
  down: { from: 50, to: 90 },
  updateEvery: 5,
};

let results: readonly Result[];

beforeAll(async () => {
  // As a program of its own: in a test, every promise is followed, and there are some millions of them.
  const main = ['--import', 'tsx', '--conditions=@keepsake/source', join(__dirname, 'main.ts'), '--json'];
  results = JSON.parse((await promisify(execFile)(process.execPath, main)).stdout) as readonly Result[];
}, 120_000);

function on(name: string): Result {
  const result = results.find((one) => one.name === name);
  if (!result) throw new Error(`There is no rung '${name}'.`);
  return result;
}

const answeredQueries = ({ queries, failedQueries }: Result): number => queries - failedQueries;

describe('the ladder', () => {
  it('gives every rung the same requests, a third of them while the database is down', () => {
    for (const { requests } of results) expect(requests).toBe(on('no cache').requests);
    expect(on('no cache').failedWhileDown).toBeGreaterThan(on('no cache').requests * 0.3);
    expect(on('no cache').queries).toBe(on('no cache').requests);
  });

  it('cuts queries by memory', () => {
    expect(on('memory').queries).toBeLessThan(on('no cache').queries / 5);
  });

  it('cuts queries again by one flight', () => {
    expect(on('+ one flight').queries).toBeLessThan(on('memory').queries / 5);
  });

  it('fails requests until there are stale rules, and none from there on', () => {
    const failed = results.map(({ failedRequests }) => failedRequests > 0);
    expect(failed).toEqual([true, true, true, false, false, false, false]);
  });

  it('brings p99 down by stale rules and timeouts', () => {
    expect(on('+ one flight').p99).toBeGreaterThanOrEqual(1000);
    expect(on('+ stale rules and timeouts').p99).toBeLessThan(on('+ one flight').p99 / 10);
  });

  it('brings p99 down to that of a hit by early refresh', () => {
    expect(on('+ stale rules and timeouts').p99).toBeGreaterThan(0);
    expect(on('+ early refresh').p99).toBe(0);
  });

  it('cuts the queries that are answered by the number of nodes with a shared tier', () => {
    const times = answeredQueries(on('+ early refresh')) / answeredQueries(on('+ shared tier'));
    expect(Math.round(times)).toBe(TEN_BAD_MINUTES.nodes);
    expect(on('+ shared tier').queries).toBeLessThan(on('+ early refresh').queries / 2);
  });

  it('brings staleness after an update down by the bus', () => {
    expect(on('+ shared tier').staleness).toBeGreaterThan(60_000);
    expect(on('+ bus').staleness).toBeLessThanOrEqual(50);
  });

  it('fails no request while the database is down, and asks it at least 500 times less, with everything on', () => {
    expect(on('+ bus').failedWhileDown).toBe(0);
    expect(on('+ bus').queries * 500).toBeLessThanOrEqual(on('no cache').queries);
  });
});

describe('the report', () => {
  it('draws the figures of every rung in the terminal and in the chart', () => {
    const drawn = [report(results, TEN_BAD_MINUTES), chart(results, TEN_BAD_MINUTES)];
    for (const text of drawn) {
      for (const { name, queries } of results) {
        expect(text).toContain(name);
        expect(text).toContain(queries.toLocaleString('en'));
      }
    }
  });
});

describe('the simulation', () => {
  it('comes to the same figures in every run, and to others with another seed', async () => {
    const first = JSON.stringify(await climb(RUNGS, SHORTER));
    expect(JSON.stringify(await climb(RUNGS, SHORTER))).toBe(first);
    expect(JSON.stringify(await climb(RUNGS, { ...SHORTER, seed: 1 }))).not.toBe(first);
  }, 60_000);
});

it('is what the README shows and the drawing draws: `npm start` here, and copy the table', () => {
  const shown = (file: string): string => readFileSync(join(__dirname, file), 'utf8');
  const rows = report(results, TEN_BAD_MINUTES)
    .split('\n')
    .filter((line) => line.includes(' × '));
  expect(rows).toHaveLength(RUNGS.length);
  for (const row of rows) expect(shown('README.md')).toContain(row);
  expect(shown('ladder.svg')).toBe(chart(results, TEN_BAD_MINUTES));
});
