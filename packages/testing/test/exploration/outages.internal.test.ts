import fc from 'fast-check';
import { counterexample, exploration, RUNS } from './exploration.js';
import { FROZEN, REFUSED } from './step.js';
import { withoutDebts } from './without.js';
import type { Sight, WorldOptions } from './world.js';

jest.setTimeout(600_000);

/** Programs in which something fails are longer than others. */
const numRuns = Math.ceil(RUNS / 3);

describe('while the shared tier refuses, or says that it did not do what it did', () => {
  it.each<[string, WorldOptions]>([
    ['one node', { nodes: 1 }],
    ['two nodes, messages arriving at once', { nodes: 2 }],
    ['two nodes, messages taking their time', { nodes: 2, busTravels: true }],
  ])('what is owed binds who owes it, and everybody once it is replayed: %s', async (_, options) => {
    const sights = new Set<Sight>();
    const seen = (world: { readonly sights: Iterable<Sight> }): void => {
      for (const sight of world.sights) sights.add(sight);
    };
    await fc.assert(exploration({ ...options, types: REFUSED, seen }), { numRuns });
    expect([...sights].sort()).toEqual(['refused', 'replayed']);
  });
});

// The breaker is there for time, not for truth: spared or asked, what could not be acknowledged is owed. So there is no
// bug to be found without it, and what is held here is that its states are gone through, and that it closes in the end.
describe('while the shared tier freezes, and requests are carried out that were given up', () => {
  it.each<[string, WorldOptions]>([
    ['one node', { nodes: 1, timeout: 250 }],
    ['two nodes', { nodes: 2, timeout: 250 }],
  ])('the same is true, whatever the breaker does, and it asks again in the end: %s', async (_, options) => {
    const sights = new Set<Sight>();
    const seen = (world: { readonly sights: Iterable<Sight> }): void => {
      for (const sight of world.sights) sights.add(sight);
    };
    await fc.assert(exploration({ ...options, types: FROZEN, seen }), { numRuns });
    expect([...sights]).toEqual(expect.arrayContaining(['timeout', 'spared', 'replayed']));
  });
});

describe('the exploration finds the bug', () => {
  it('where what is owed is not a miss', async () => {
    await withoutDebts('misses of what is owed', async () => {
      const types = ['read', 'read', 'delete', 'forget', 'down', 'heal'] as const;
      const found = await counterexample({ nodes: 1, types, starts: ['warm'] }, 12);
      expect(found).toContain('acknowledged was');
    });
  });

  it.each<[string, WorldOptions, 'down' | 'freeze']>([
    ['where what was refused is not owed', { nodes: 1 }, 'down'],
    ['where what timed out is not owed', { nodes: 2, timeout: 250 }, 'freeze'],
  ])('%s', async (_, options, fault) => {
    await withoutDebts('debts', async () => {
      const types = ['read', 'delete', 'forget', fault, 'heal'] as const;
      expect(await counterexample({ ...options, types, starts: ['warm'] }, 3)).toContain('acknowledged was');
    });
  });
});
