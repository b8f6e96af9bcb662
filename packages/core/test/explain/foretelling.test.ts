import type { GetOrSetOptions } from '@keepsake/core';
import fc from 'fast-check';
import { Fleet, type Node } from '../cache/fleet.js';
import { type Foretold, foretold } from './foretold.js';

const RUNS = Number(process.env.KEEPSAKE_EXPLORATION_RUNS ?? 300);

const RULES: readonly GetOrSetOptions<unknown>[] = [
  { ttl: '1m', tags: ['t'] },
  { ttl: '1m', staleWhileRevalidate: '20s' },
  { ttl: '1m', staleIfError: '1m', retryAfter: '10s', tags: ['t'] },
  { ttl: '1m', staleWhileRevalidate: '10s', staleIfError: '30s', softTimeout: '5s', retryAfter: '10s' },
  { ttl: '1m', staleIfError: '1m', hardTimeout: '15s' },
  { ttl: '1m', cacheErrors: () => '25s' as const, earlyRefresh: 0.5, tags: ['t'] },
  { ttl: '1m', staleIfError: '1m', earlyRefresh: 0.3, softTimeout: '3s', hardTimeout: '30s' },
];

/** What may happen around the calls of one key, to one of the processes. */
const WORLD = {
  set: ({ cache }) => cache.set('k', 'v', { ttl: '1m', staleIfError: '1m', tags: ['t'] }),
  delete: ({ cache }) => cache.delete('k'),
  tag: ({ cache }) => cache.invalidateTags(['t']),
  markStale: ({ cache }) => cache.markStale('k'),
  forget: ({ front }) => front.clear('keepsake'),
  down: (_, { server }) => server.fault('down'),
  up: (_, { server }) => server.fault(undefined),
} satisfies Record<string, (node: Node, fleet: Fleet) => unknown>;

type Happening = keyof typeof WORLD | 'call' | 'end' | 'fail' | 'wait';

const ALWAYS: readonly Happening[] = [
  ...(['call', 'call', 'end', 'fail', 'wait', 'wait'] as const),
  ...(['set', 'delete', 'markStale', 'forget'] as const),
];

interface Step {
  readonly type: Happening;
  readonly node: number;
  readonly rules: GetOrSetOptions<unknown>;
  /** In ms. */
  readonly length: number;
}

function histories(types: readonly Happening[]): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.record({
    type: fc.constantFrom(...types),
    node: fc.nat(1),
    rules: fc.constantFrom(...RULES),
    length: fc.constantFrom(1000, 4000, 11_000, 26_000, 45_000),
  });
  return fc.array(step, { minLength: 1, maxLength: 12 });
}

/** Lives through `history`, in which each call is explained before it is made. */
async function live(history: readonly Step[], processes: number): Promise<void> {
  const fleet = new Fleet();
  const nodes = Array.from({ length: processes }, () => fleet.node());
  const calls: Foretold[] = [];
  for (const { type, node: index, rules, length } of history) {
    const node = nodes[index % processes] as Node;
    if (type === 'call') calls.push(await foretold(fleet, node, 'k', rules));
    else if (type === 'end') await calls.shift()?.end();
    else if (type === 'fail') await calls.shift()?.end(new TypeError('failed'));
    else if (type === 'wait') await fleet.clock.advance(length);
    else await WORLD[type](node, fleet);
    await fleet.clock.advance(0);
  }
  for (const { end } of calls) await end();
}

describe('an explanation is right about the call that follows', () => {
  it.each<[string, number, readonly Happening[]]>([
    ['one process', 1, [...ALWAYS, 'tag']],
    ['two processes', 2, [...ALWAYS, 'tag']],
    ['two processes and an outage', 2, [...ALWAYS, 'tag', 'down', 'up']],
  ])(
    'in every history of %s',
    async (_, processes, types) => {
      const property = fc.asyncProperty(histories(types), (history) => live(history, processes));
      await fc.assert(property, { numRuns: RUNS });
    },
    600_000,
  );
});
