import { type Backend, type Cache, createCache, type GetOrSetOptions, tiered, wrap } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { Fleet, gate, type Node, smallest, unhandledRejections, within } from '../cache/fleet.js';

const SOFT = { soft: true } as const;
const TEAM = { ttl: '1h', tags: ['team:7'] } as const;
const KEPT = { ...TEAM, staleIfError: '10s' } as const;
const ERROR = { ...KEPT, retryAfter: 0.5 } as const;
const MARKER = '\0tag:keepsake:team:7';

const down = async (): Promise<string> => {
  throw new Error('down');
};

/** What a call gets whose loader fails. */
const rescued = ({ cache }: { cache: Cache }, options: GetOrSetOptions<string> = ERROR): Promise<string> =>
  cache.getOrSet<string, string>('k', down, options);

describe('a tag that was invalidated softly, in a fleet,', () => {
  let fleet: Fleet;
  let a: Node;
  let b: Node;
  let rejections: ReturnType<typeof unhandledRejections>;

  beforeEach(async () => {
    rejections = unhandledRejections();
    fleet = new Fleet();
    [a, b] = [fleet.node(), fleet.node()];
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  /** An old value in front of both. */
  const filled = async (): Promise<void> => {
    await a.cache.set('k', 'old', KEPT);
    expect(await b.cache.get('k')).toBe('old');
  };

  it('is followed by the others over the bus, at once', async () => {
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    for (const node of [a, b]) {
      expect(await node.cache.get('k')).toBeUndefined();
      expect(await node.cache.getMany(['k'])).toEqual([undefined]);
      expect(await rescued(node)).toBe('old');
    }
  });

  it('is followed by the others within 50 ms where there is no bus', async () => {
    [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    await fleet.clock.advance(50);
    expect(await b.cache.get('k')).toBeUndefined();
    expect(await rescued(b)).toBe('old');
  });

  it.each(['front', 'back'] as const)('is stale to the millisecond in the %s tier', async (place) => {
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    const reader = place === 'front' ? b : fleet.node();
    await fleet.clock.advance(9999);
    expect(await rescued(reader)).toBe('old');
    await fleet.clock.advance(1);
    await expect(rescued(reader)).rejects.toThrow('down');
    await expect(rescued(fleet.node())).rejects.toThrow('down');
  });

  it('is served at once while one of them loads it again, and is fresh for all then', async () => {
    const rules = { ...TEAM, staleWhileRevalidate: '10s' } as const;
    await a.cache.set('k', 'old', rules);
    await b.cache.get('k');
    await a.cache.invalidateTags(['team:7'], SOFT);
    let loads = 0;
    const load = (): string => `new ${++loads}`;
    expect(await a.cache.getOrSet('k', load, rules)).toBe('old');
    await fleet.clock.advance(0);
    expect(await a.cache.get('k')).toBe('new 1');
    expect(await b.cache.getOrSet('k', load, rules)).toBe('new 1');
    expect(loads).toBe(1);
  });

  it('is stale since the first time where that was done again, for every process', async () => {
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    await fleet.clock.advance(6000);
    await b.cache.set('between', 'v', KEPT);
    await b.cache.invalidateTags(['team:7'], SOFT);
    await fleet.clock.advance(1000);
    await a.cache.invalidateTags(['team:7'], SOFT);
    const [k, between] = [await fleet.node().cache.entry('k'), await fleet.node().cache.entry('between')];
    expect((between?.staleAt ?? 0) - (k?.staleAt ?? 0)).toBe(6000);
    await fleet.clock.advance(3000);
    await expect(rescued(fleet.node())).rejects.toThrow('down');
  });

  it('carries the time of the server where the clocks of processes differ', async () => {
    const { server, clock } = fleet;
    const slow = { now: () => clock.now() - 60_000, after: clock.after.bind(clock) };
    const backend = tiered([memory({ clock: slow }), server.connect({ clock: slow })]);
    const other = createCache({ backend, clock: slow, jitter: 0, bus: fleet.hub.connect() });
    await filled();
    await other.invalidateTags(['team:7'], SOFT);
    await clock.advance(9999);
    expect(await rescued(a)).toBe('old');
    expect(await rescued({ cache: other })).toBe('old');
    await clock.advance(1);
    await expect(rescued(a)).rejects.toThrow('down');
    await expect(rescued({ cache: other })).rejects.toThrow('down');
  });

  it('is void when it is invalidated for good, before or after', async () => {
    for (const order of [
      [SOFT, {}],
      [{}, SOFT],
    ]) {
      await a.cache.set('k', 'old', KEPT);
      await b.cache.get('k');
      for (const [i, options] of order.entries()) await [a, b][i]?.cache.invalidateTags(['team:7'], options);
      for (const node of [a, b, fleet.node()]) expect(await node.cache.entry('k')).toBeUndefined();
    }
  });

  const LATER = Array.from({ length: 12 }, (_, i) => i);

  it.each([
    ...LATER.map((later) => ['softly', later] as const),
    ...LATER.map((later) => ['for good', later] as const),
  ])(
    'is void when another process invalidates it for good, first %s, then %i ms later the other, whatever is under way',
    async (first, later) => {
      await filled();
      a.wire.controls.delay(first === 'softly' ? 3 : 1);
      b.wire.controls.delay(first === 'softly' ? 1 : 5);
      const softly = (): Promise<void> => a.cache.invalidateTags(['team:7'], SOFT);
      const forGood = (): Promise<void> => b.cache.invalidateTags(['team:7']);
      const order = first === 'softly' ? [softly, forGood] : [forGood, softly];
      const one = order[0]?.();
      await fleet.clock.advance(later);
      await within(fleet.clock, 2000, Promise.all([one, order[1]?.()]));
      for (const node of [a, b, fleet.node()]) {
        await expect(within(fleet.clock, 100, rescued(node))).rejects.toThrow('down');
      }
      await within(fleet.clock, 100, a.cache.set('k', 'new', KEPT));
      for (const node of [a, b, fleet.node()]) {
        expect(await within(fleet.clock, 100, node.cache.get('k'))).toBe('new');
      }
    },
  );

  it('is void when it is invalidated for good by another process and no bus tells of it', async () => {
    [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    await filled();
    await b.cache.invalidateTags(['team:7']);
    await a.cache.invalidateTags(['team:7'], SOFT);
    for (const node of [a, b, fleet.node()]) {
      await fleet.clock.advance(50);
      await expect(rescued(node)).rejects.toThrow('down');
    }
  });

  it('takes turns with others that do the same: all of them count, and the value stays', async () => {
    await filled();
    const nodes = [a, b, fleet.node(), fleet.node()];
    for (const { wire } of nodes) wire.controls.delay(2);
    const all = Promise.all(nodes.map(({ cache }) => cache.invalidateTags(['team:7'], SOFT)));
    await within(fleet.clock, 1000, all);
    for (const node of nodes) {
      expect(await within(fleet.clock, 100, node.cache.get('k'))).toBeUndefined();
      expect(await within(fleet.clock, 100, rescued(node))).toBe('old');
    }
  });

  it('is not held up for ever by a process that died in the middle of it', async () => {
    await filled();
    await fleet.server.connect().acquire?.(MARKER, 'of a dead process', 750, 'refresh');
    await within(fleet.clock, 1000, a.cache.invalidateTags(['team:7'], SOFT));
    expect(await a.cache.get('k')).toBeUndefined();
    expect(await rescued(b)).toBe('old');
  });

  it('is void where somebody never lets go of its marker', async () => {
    await filled();
    await fleet.server.connect().acquire?.(MARKER, 'somebody', 60_000, 'refresh');
    await within(fleet.clock, 1100, a.cache.invalidateTags(['team:7'], SOFT));
    for (const node of [a, b]) expect(await node.cache.entry('k')).toBeUndefined();
  });

  it('makes misses when its marker is lost, before or after', async () => {
    await filled();
    fleet.server.evict(MARKER);
    await a.cache.invalidateTags(['team:7'], SOFT);
    for (const node of [a, b]) expect(await node.cache.entry('k')).toBeUndefined();
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    fleet.server.evict(MARKER);
    await expect(rescued(fleet.node())).rejects.toThrow('down');
    await a.cache.set('k', 'new', KEPT);
    expect(await b.cache.get('k')).toBe('new');
  });

  it('voids the loads of others that run, and those of a process without a bus are stale', async () => {
    const loads = [b, fleet.node({ bus: false })].map((node) => {
      const slow = gate<string>();
      return { node, slow, key: node === b ? 'k' : 'lonely' };
    });
    const calls = loads.map(({ node, slow, key }) => node.cache.getOrSet(key, () => slow.promise, ERROR));
    await fleet.clock.advance(5);
    await a.cache.invalidateTags(['team:7'], SOFT);
    for (const { slow } of loads) slow.open('old');
    expect(await Promise.all(calls)).toEqual(['old', 'old']);
    await fleet.clock.advance(50);
    expect(await a.cache.entry('k')).toBeUndefined();
    for (const { cache } of [a, ...loads.map(({ node }) => node)]) {
      expect(await cache.get('lonely')).toBeUndefined();
      expect(await cache.getOrSet<string, string>('lonely', down, ERROR)).toBe('old');
    }
  });

  it('does not let a load be stored that names it only later', async () => {
    await filled();
    const slow = gate<string>();
    const loading = b.cache.getOrSet<string, string>(
      'late',
      ({ tag }) => {
        tag('team:7');
        return slow.promise;
      },
      { ttl: '1h' },
    );
    await fleet.clock.advance(5);
    await a.cache.invalidateTags(['team:7'], SOFT);
    slow.open('old');
    await loading;
    await fleet.clock.advance(50);
    expect(await a.cache.entry('late')).toBeUndefined();
  });

  it('counts for batches', async () => {
    const policy = { id: 'find', ttl: '1h', staleIfError: '1h', tags: ['team:7'] } as const;
    let broken = false;
    const source = async (ids: readonly string[]): Promise<Map<string, string>> => {
      if (broken) throw new Error('down');
      return new Map(ids.map((id) => [id, `user ${id}`]));
    };
    const [find, other] = [a, b].map(({ cache }) => cache.cachedBatch(source, policy));
    await find?.(['1', '2']);
    await fleet.clock.advance(0);
    await b.cache.invalidateTags(['team:7'], SOFT);
    expect(await find?.peek(['1', '2'])).toEqual([undefined, undefined]);
    broken = true;
    expect(await other?.(['1', '2'])).toEqual(['user 1', 'user 2']);
    expect(await find?.(['2', '1'])).toEqual(['user 2', 'user 1']);
  });

  it('is void, and owed, while the shared tier is down', async () => {
    await filled();
    fleet.server.fault('down');
    await a.cache.invalidateTags(['team:7'], SOFT);
    expect(a.cache.stats().owed).toBe(1);
    await expect(rescued(a)).rejects.toThrow('down');
    await expect(a.cache.invalidateTags(['team:7'], { soft: true, strict: true })).rejects.toMatchObject({
      code: 'CACHE_INVALIDATION',
    });
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    expect(a.cache.stats().owed).toBe(0);
    for (const node of [a, b, fleet.node()]) await expect(rescued(node)).rejects.toThrow('down');
  });

  it.each(['acquire', 'get', 'fill'] as const)('is void where the tier fails at %s', async (operation) => {
    await filled();
    a.wire.controls.fail(operation, 1, 'applied');
    await a.cache.invalidateTags(['team:7'], { soft: true, strict: true });
    for (const node of [a, b]) expect(await node.cache.entry('k')).toBeUndefined();
  });

  it('costs as many requests for 500 entries as for one', async () => {
    const spent = async (entries: number): Promise<number> => {
      const node = fleet.node();
      for (let i = 0; i < entries; i++) await node.cache.set(`k${i}`, i, TEAM);
      const before = Object.values(node.wire.controls.calls).reduce((sum, n) => sum + n);
      await node.cache.invalidateTags(['team:7', 'other'], SOFT);
      return Object.values(node.wire.controls.calls).reduce((sum, n) => sum + n) - before;
    };
    expect(await spent(500)).toBe(await spent(1));
  });

  it('is told in an explanation that learns nothing', async () => {
    await filled();
    await a.cache.invalidateTags(['team:7'], SOFT);
    await fleet.clock.advance(2000);
    const { verdict, fallback, tiers } = await b.cache.explain('k', ERROR);
    expect({ verdict, fallback }).toEqual({ verdict: 'load', fallback: 'memory' });
    for (const tier of tiers) {
      expect(tier).toMatchObject({ state: 'stale', freshFor: -2000 });
      expect(tier.reason).toBe(
        "tag 'team:7' was invalidated softly: stale for 2 s, staleIfError allows it for another 8 s",
      );
    }
  });
});

describe('a shared tier that grants no leases', () => {
  const without: readonly [string, (inner: Backend) => Backend][] = [
    ['acquire', (inner) => wrap(inner, { acquire: undefined })],
    ['fill', (inner) => wrap(inner, { fill: undefined })],
  ];

  it.each(without)('(no %s) makes what was to be stale void', async (_, less) => {
    const fleet = new Fleet();
    const node = (): Cache => {
      const backend = tiered([memory({ clock: fleet.clock }), less(fleet.server.connect())]);
      return createCache({ backend, clock: fleet.clock, jitter: 0, bus: fleet.hub.connect() });
    };
    const [a, b] = [node(), node()];
    await a.set('k', 'old', KEPT);
    await b.get('k');
    await a.invalidateTags(['team:7'], { soft: true, strict: true });
    for (const cache of [a, b, node()]) expect(await cache.entry('k')).toBeUndefined();
  });

  it('does so with no more than the five methods', async () => {
    const { clock } = new Fleet();
    const cache = createCache({ backend: smallest(clock), clock, jitter: 0 });
    await cache.set('k', 'old', KEPT);
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await cache.entry('k')).toBeUndefined();
  });
});
