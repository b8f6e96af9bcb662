import fc from 'fast-check';
import type { CastOptions } from './cast.js';
import { whateverHappens } from './whatever-happens.js';

jest.setTimeout(3_600_000);

/** How many programs are run, in all. */
const RUNS = Number(process.env.KEEPSAKE_MODEL_RUNS ?? 300);

const CASTS: readonly (readonly [string, CastOptions])[] = [
  ['in memory', { nodes: 1, shared: false }],
  ['in memory, with jitter', { nodes: 1, shared: false, jitter: 0.5 }],
  ['in one process over a shared tier', { nodes: 1, shared: true }],
  ['in two processes over a shared tier', { nodes: 2, shared: true }],
  ['in two processes, with jitter', { nodes: 2, shared: true, jitter: 0.5 }],
];

describe('whatever callers, writers, sources and tiers do', () => {
  it.each(CASTS)('everybody is given in time what may still be given: %s', async (_, cast) => {
    await fc.assert(whateverHappens(cast), { numRuns: Math.ceil(RUNS / CASTS.length) });
  });
});
