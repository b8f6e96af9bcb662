import fc from 'fast-check';
import { counterexample, exploration, RUNS } from './exploration.js';
import { CUT } from './step.js';
import type { WorldOptions } from './world.js';

jest.setTimeout(600_000);

describe('while buses are cut and come back, with what was missed or the news of a gap', () => {
  it.each<[string, WorldOptions]>([
    ['messages arriving at once', { nodes: 2 }],
    ['messages taking their time', { nodes: 2, busTravels: true }],
  ])('no node serves what was invalidated before its bus came back: %s', async (_, options) => {
    await fc.assert(exploration({ ...options, types: CUT }), { numRuns: Math.ceil(RUNS / 3) });
  });
});

describe('the exploration finds the bug', () => {
  it('of a bus that comes back as if nothing had been missed', async () => {
    const types = ['read', 'read', 'delete', 'cut', 'replay', 'gap'] as const;
    const found = await counterexample(
      { nodes: 2, without: 'replay of the bus', types, starts: ['warm'] },
      2,
    );
    expect(found).toContain('acknowledged was');
  });
});
