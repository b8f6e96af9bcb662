import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';
import { Fleet, gate, recorded, unhandledRejections } from '../cache/fleet.js';

/** One line per event. */
function told([type, event]: [string, object]): string {
  const facts = Object.entries(event).map(([name, fact]) =>
    fact instanceof Error ? `${name}: ${fact.name}` : `${name}: ${JSON.stringify(fact)}`,
  );
  return `${type} { ${facts.join(', ')} }`;
}

describe('the events of a cache', () => {
  it('tell the story of a session', async () => {
    const fleet = new Fleet();
    const { cache, front } = fleet.node();
    const stream = recorded(cache);
    const users = cache.namespace('users');
    const options = { ttl: '1h', tags: ['team:7'] } as const;
    const settle = () => fleet.clock.advance(0);

    await users.get('42');
    const source = gate<string>();
    const calls = [
      users.getOrSet('42', () => source.promise, options),
      users.getOrSet('42', () => '', options),
    ];
    await fleet.clock.advance(30);
    source.open('Ada');
    await Promise.all(calls);
    await settle();
    await users.get('42');
    front.clear();
    await users.get('42');
    await users.getMany(['42', '43']);
    await cache.set('k', 1);
    await cache.setMany([{ key: 'l', value: 2 }]);
    await cache.delete('k');
    await cache.deletePattern('l*');
    await cache.invalidateTags(['team:7']);
    await users.getOrSet('42', () => Promise.reject(new Error('gone')), options).catch(() => undefined);
    await users.getOrSet('42', async () => void (await users.delete('42')), options);
    await settle();
    fleet.server.fault('down');
    await users.delete('42');
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    await users.clear();
    await cache.close();

    expect(stream.map(told)).toMatchSnapshot();
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener'))],
  ])('go on when a listener %s', async (_how, listener) => {
    const rejections = unhandledRejections();
    const clock = manualClock();
    const cache = createCache({ backend: memory({ clock }), clock });
    const seen: string[] = [];
    cache.on('set', listener as () => void);
    cache.on('set', ({ key }) => seen.push(key));
    cache.on('hit', listener as () => void);
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    expect(seen).toEqual(['k']);
    expect(await rejections.stop()).toEqual([]);
  });

  it('end for a listener that takes itself off, also twice and in the middle of one', async () => {
    const cache = createCache({ backend: memory() });
    const seen: string[] = [];
    const off = cache.on('set', ({ key }) => {
      seen.push(key);
      off();
    });
    const always = jest.fn();
    cache.on('set', always);
    await cache.set('a', 1);
    await cache.set('b', 1);
    off();
    expect(seen).toEqual(['a']);
    expect(always).toHaveBeenCalledTimes(2);
  });

  it('are told once to a listener that comes during one: from the next on', async () => {
    const cache = createCache({ backend: memory() });
    const late = jest.fn();
    cache.on('set', () => void cache.on('set', late));
    await cache.set('a', 1);
    expect(late).not.toHaveBeenCalled();
    await cache.set('b', 1);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('go to each of two listeners that are the same function', async () => {
    const cache = createCache({ backend: memory() });
    const listener = jest.fn();
    const off = cache.on('set', listener);
    cache.on('set', listener);
    await cache.set('a', 1);
    expect(listener).toHaveBeenCalledTimes(2);
    off();
    await cache.set('b', 1);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('the statistics of a cache', () => {
  const figures = (cache: Cache) => {
    const { tiers, ...figures } = cache.stats();
    return figures;
  };

  it('begin at nothing', () => {
    const cache = createCache({ backend: memory({ maxEntries: 5 }) });
    expect(cache.stats()).toEqual({
      hits: 0,
      staleHits: 0,
      misses: 0,
      hitRate: 0,
      loads: 0,
      loadErrors: 0,
      coalesced: 0,
      owed: 0,
      tiers: [{ name: 'memory', size: 0, maxSize: 5, hits: 0, misses: 0, errors: 0, available: true }],
    });
  });

  it('count hits, misses and loads; who joins a flight counts as neither', async () => {
    const fleet = new Fleet();
    const { cache, front } = fleet.node();
    const load = async () => 1;
    await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', load, { ttl: '1h' })));
    await fleet.clock.advance(0);
    await cache.get('k');
    await cache.getOrSet('k', load, { ttl: '1h' });
    front.clear();
    await cache.get('k');
    await cache.get('none');
    await cache.getMany(['k', 'none']);
    await cache.getOrSet('bad', () => Promise.reject(new Error('x')), { ttl: 1 }).catch(() => undefined);
    expect(figures(cache)).toEqual({
      hits: 4,
      staleHits: 0,
      misses: 4,
      hitRate: 0.5,
      loads: 2,
      loadErrors: 1,
      coalesced: 2,
      owed: 0,
    });
    expect(cache.stats().tiers).toMatchObject([
      { name: 'memory', hits: 3, misses: 5 },
      { name: 'shared', hits: 1, misses: 4 },
    ]);
  });

  it('do not count who looks without reading: has, entry, touch, markStale, conditional sets', async () => {
    const { cache } = new Fleet().node();
    await cache.set('k', 1);
    const before = cache.stats();
    await cache.has('k');
    await cache.has('none');
    await cache.entry('k');
    await cache.touch('k', '1h');
    await cache.markStale('k');
    await cache.set('k', 2, { if: 'present' });
    await cache.set('k', 2, { if: 'absent' });
    const strip = ({ tiers, ...rest }: typeof before) => ({
      ...rest,
      tiers: tiers.map(({ hits, misses }) => ({ hits, misses })),
    });
    expect(strip(cache.stats())).toEqual(strip(before));
  });

  it('begin again when they are reset, and what the tiers hold stays', async () => {
    const { cache } = new Fleet().node();
    await cache.getOrSet('k', () => 1, { ttl: '1h' });
    await cache.get('k');
    cache.resetStats();
    expect(figures(cache)).toMatchObject({ hits: 0, misses: 0, loads: 0, hitRate: 0 });
    expect(cache.stats().tiers).toMatchObject([
      { hits: 0, misses: 0, errors: 0, size: 1 },
      { hits: 0, misses: 0 },
    ]);
    expect(await cache.get('k')).toBe(1);
  });

  it('count what failed, and show whether the tier answers', async () => {
    const { cache, wire } = new Fleet().node();
    wire.controls.fail('get', 2);
    await cache.get('a');
    await cache.get('a');
    expect(cache.stats().tiers[1]).toMatchObject({ errors: 2, available: false });
    await cache.get('a');
    expect(cache.stats().tiers[1]).toMatchObject({ errors: 2, available: true });
  });

  it('cost no event and no failure where the tier that is asked for its size is away', async () => {
    const { cache, wire } = new Fleet().node();
    const stream = recorded(cache);
    wire.controls.down();
    for (let i = 0; i < 3; i++) cache.stats();
    expect(stream).toEqual([]);
    expect(cache.stats().tiers[1]).toMatchObject({ errors: 0 });
  });
});
