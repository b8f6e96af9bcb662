import fc from 'fast-check';
import { KEYS, type Start, type Step, World, type WorldOptions } from './world.js';

jest.setTimeout(600_000);

const RUNS = Number(process.env.KEEPSAKE_EXPLORATION_RUNS ?? 1500);

const EVERYTHING: readonly Step['type'][] = [
  'read',
  'read',
  'read',
  'delete',
  'set',
  'tag',
  'clear',
  'pattern',
  'refresh',
  'batch',
  'evict',
  'forget',
  'forget',
];

function exploration(
  options: WorldOptions,
  types = EVERYTHING,
): fc.IAsyncPropertyWithHooks<[fc.Scheduler, Start, Step[]]> {
  const step: fc.Arbitrary<Step> = fc.record({
    type: fc.constantFrom(...types),
    node: fc.nat(1),
    key: fc.constantFrom(...KEYS),
  });
  return fc.asyncProperty(
    fc.scheduler(),
    fc.constantFrom<Start[]>('cold', 'warm', 'warm behind'),
    fc.array(step, { minLength: 2, maxLength: 9 }),
    async (scheduler, start, steps) => {
      const world = new World(scheduler, options);
      await world.prepare(start);
      await world.live(steps);
      if (world.violations.length > 0) throw new Error(world.violations.join('\n'));
    },
  );
}

describe('in every order of requests, answers, loads and messages', () => {
  it.each<[string, WorldOptions]>([
    ['one node', { nodes: 1 }],
    ['two nodes, messages arriving at once', { nodes: 2 }],
    ['two nodes, messages taking their time', { nodes: 2, busTravels: true }],
  ])('no read sees less than what was acknowledged before it: %s', async (_, options) => {
    await fc.assert(exploration(options), { numRuns: RUNS });
  });
});

describe('the exploration finds the bug', () => {
  // Fewer kinds of steps meet sooner; the first counterexample ends the search, so the number is only a bound.
  it.each<[string, WorldOptions]>([
    ['without fencing', { nodes: 1, fencing: false }],
    ['without leases', { nodes: 2, leases: false }],
    ['without a bus', { nodes: 2, bus: false }],
  ])('%s', async (_, options) => {
    const search = exploration(options, ['read', 'read', 'delete', 'forget']);
    const result = await fc.check(search, { numRuns: 100_000, endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain('acknowledged was');
  });
});
