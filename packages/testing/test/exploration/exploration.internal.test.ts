import fc from 'fast-check';
import { counterexample, exploration, RUNS } from './exploration.js';
import { HEALTHY, type Start } from './step.js';
import type { WorldOptions } from './world.js';

jest.setTimeout(600_000);

describe('in every order of requests, answers, loads and messages', () => {
  it.each<[string, WorldOptions]>([
    ['one node', { nodes: 1 }],
    ['two nodes, messages arriving at once', { nodes: 2 }],
    ['two nodes, messages taking their time', { nodes: 2, busTravels: true }],
  ])('no read sees less than what was acknowledged before it: %s', async (_, options) => {
    await fc.assert(exploration({ ...options, types: HEALTHY }), { numRuns: RUNS });
  });
});

describe('the exploration finds the bug', () => {
  it.each<[string, WorldOptions, Start, number]>([
    ['without fencing', { nodes: 1, without: 'fencing' }, 'warm', 1],
    ['without leases', { nodes: 2, busTravels: true, without: 'leases' }, 'cold', 8],
    ['with leases that an invalidation does not void', { nodes: 2, without: 'void leases' }, 'cold', 8],
    ['without a bus', { nodes: 2, without: 'bus' }, 'warm', 1],
  ])('%s', async (_, options, start, seed) => {
    const types = ['read', 'read', 'delete', 'forget'] as const;
    const found = await counterexample({ ...options, types, starts: [start] }, seed);
    expect(found).toContain('acknowledged was');
  });
});
