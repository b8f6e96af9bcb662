import fc from 'fast-check';
import { BROKEN } from './broken-casts.js';
import { whateverHappens } from './whatever-happens.js';

jest.setTimeout(600_000);

describe('the model misses what a broken cache does not do', () => {
  it.each(BROKEN)('%s', async (_, said, cast) => {
    // The first counterexample ends the search, so the number is only a bound; the seed saves time, and nothing else.
    const search = whateverHappens(cast, (violation) => !said.test(violation));
    const result = await fc.check(search, { numRuns: 20_000, endOnFailure: true, seed: 3 });
    expect(String(result.errorInstance)).toMatch(said);
  });
});
