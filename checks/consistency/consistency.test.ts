import { excerpt } from './excerpt.js';
import { NEMESES } from './nemesis.js';
import { type Outcome, run } from './run.js';

/** A loaded machine holds up servers and writers too: the figures that are promised are checked by the long form. */
const LIMITS = { calm: 500, disturbed: 1500 };
/** Another one every day. */
const SEED = Math.floor(Date.now() / 86_400_000);

describe(`three processes over one Redis, with seed ${SEED}`, () => {
  let outcome: Outcome;

  beforeAll(async () => {
    const size = { processes: 3, clients: 6, keys: 21, seconds: 1.2 };
    outcome = await run({ ...size, seed: SEED, nemeses: NEMESES, limits: LIMITS });
  }, 40_000);

  it('see what they invalidate, whatever fails', () => {
    const { violations, history } = outcome;
    expect(violations.slice(0, 3).map((violation) => excerpt(violation, history))).toEqual([]);
  });

  it('meet no error, print nothing, and end by themselves', () => {
    expect(outcome.troubles).toEqual([]);
  });

  it('were busy, and all that can fail failed', () => {
    const { reads, writes, disturbances } = outcome.history;
    expect(reads.length).toBeGreaterThan(500);
    expect(writes.length).toBeGreaterThan(50);
    const names = NEMESES.filter(({ strike }) => strike).map(({ name }) => name);
    expect([...new Set(disturbances.map(({ what }) => what))]).toEqual(names);
  });
});
