import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';
import { Fleet, within } from '../cache/fleet.js';

const TEAM = { ttl: '1h', tags: ['team:7'] } as const;
const MARKER = '\0tag:keepsake:team:7';

describe('a tag', () => {
  it('is invalidated by one write, however many entries have it', async () => {
    const { cache, wire } = new Fleet().node();
    for (let i = 0; i < 500; i++) await cache.set(`k${i}`, i, TEAM);
    const before = Object.values(wire.controls.calls).reduce((sum, n) => sum + n);
    await cache.invalidateTags(['team:7', 'other']);
    expect(Object.values(wire.controls.calls).reduce((sum, n) => sum + n) - before).toBe(2);
    expect(await cache.getMany(['k0', 'k499'])).toEqual([undefined, undefined]);
  });

  it('costs no request more for a set, once this process knows it', async () => {
    const { cache, wire } = new Fleet().node();
    await cache.set('a', 1, TEAM);
    const reads = wire.controls.calls.getMany;
    await cache.set('b', 1, TEAM);
    await cache.get('a');
    expect(wire.controls.calls.getMany).toBe(reads);
  });

  it('is asked for once by all who read at the same time, where no bus brings news', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ bus: false });
    for (let i = 0; i < 100; i++) await cache.set(`k${i}`, i, TEAM);
    await fleet.clock.advance('1m');
    wire.controls.delay(10);
    const reads = wire.controls.calls.getMany;
    const all = Promise.all(Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)));
    expect((await within(fleet.clock, 10, all)).every((value, i) => value === i)).toBe(true);
    expect(wire.controls.calls.getMany - reads).toBe(1);
  });

  it('that was invalidated is not taken from a read that began before', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ bus: false });
    await cache.set('k', 'old', TEAM);
    await fleet.clock.advance('1m');
    wire.controls.delay(200, 'getMany');
    const early = cache.get('k');
    await fleet.clock.advance(1);
    await cache.invalidateTags(['team:7']);
    // Long enough for the process to be unsure again, not for the first read to be over.
    await fleet.clock.advance(100);
    expect(await within(fleet.clock, 400, cache.get('k'))).toBeUndefined();
    await early;
  });

  it('whose marker was evicted makes misses, never resurrections', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', TEAM);
    await a.cache.invalidateTags(['team:7']);
    fleet.server.evict(MARKER);
    expect(await a.cache.get('k')).toBeUndefined();
    expect(await b.cache.get('k')).toBeUndefined();
    expect(await fleet.node().cache.get('k')).toBeUndefined();
    await b.cache.set('k', 'new', TEAM);
    expect(await a.cache.get('k')).toBe('new');
    fleet.server.evict(MARKER);
    const late = fleet.node();
    expect(await late.cache.get('k')).toBeUndefined();
    await late.cache.set('k', 'newer', TEAM);
    expect(await a.cache.get('k')).toBe('newer');
  });

  it('whose marker was evicted from the memory of the only tier makes misses', async () => {
    const clock = manualClock();
    const backend = memory({ clock });
    const cache = createCache({ backend, clock });
    await cache.set('k', 'v', TEAM);
    await cache.invalidateTags(['team:7']);
    backend.delete(MARKER);
    expect(await cache.get('k')).toBeUndefined();
    expect(await createCache({ backend, clock }).get('k')).toBeUndefined();
  });

  it('is followed by other processes over the bus, at once', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'v', TEAM);
    expect(await b.cache.get('k')).toBe('v');
    await a.cache.invalidateTags(['team:7']);
    expect(await b.cache.get('k')).toBeUndefined();
    expect(b.front.get('keepsake:k')).toBeDefined();
  });

  it('is followed by other processes within 50 ms where there is no bus', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    await a.cache.set('k', 'v', TEAM);
    for (const read of [() => b.cache.get('k'), () => b.cache.getOrSet('k', () => 'loaded', TEAM)]) {
      expect(await read()).toBe('v');
    }
    await a.cache.invalidateTags(['team:7']);
    await fleet.clock.advance(50);
    expect(await b.cache.get('k')).toBeUndefined();
    expect(await b.cache.getMany(['k'])).toEqual([undefined]);
    expect(await b.cache.has('k')).toBe(false);
    expect(await b.cache.getOrSet('k', () => 'loaded', TEAM)).toBe('loaded');
  });

  it('is created once by two processes that miss it at once: both hit then', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    for (const { wire } of [a, b]) wire.controls.delay(5);
    const sets = Promise.all([a.cache.set('a', 1, TEAM), b.cache.set('b', 2, TEAM)]);
    await within(fleet.clock, 100, sets);
    for (const { cache } of [a, b]) {
      expect(await within(fleet.clock, 100, cache.getMany(['a', 'b']))).toEqual([1, 2]);
      expect(await within(fleet.clock, 100, cache.getMany(['a', 'b']))).toEqual([1, 2]);
    }
  });

  it('belongs to all namespaces of a cache', async () => {
    const { cache } = new Fleet().node();
    const [users, posts] = [cache.namespace('users'), cache.namespace('posts')];
    await users.set('k', 1, TEAM);
    await posts.set('k', 1, TEAM);
    await users.invalidateTags(['team:7']);
    expect(await posts.get('k')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'ä b:/*%', ' '])(
    'may be called %p',
    async (tag) => {
      const fleet = new Fleet();
      const [a, b] = [fleet.node(), fleet.node()];
      for (const set of [
        (cache: Cache) => cache.set('k', 'v', { tags: [tag] }),
        (cache: Cache) => cache.getOrSet('k', () => 'v', { ttl: '1h', tags: [tag, 'other'] }),
      ]) {
        await set(a.cache);
        await fleet.clock.advance(0);
        expect(await a.cache.get('k')).toBe('v');
        expect(await b.cache.get('k')).toBe('v');
        expect((await a.cache.entry('k'))?.tags).toContain(tag);
        await a.cache.invalidateTags([tag]);
        expect(await a.cache.get('k')).toBeUndefined();
        expect(await b.cache.get('k')).toBeUndefined();
      }
    },
  );

  it('of an entry is what it was before the load: an invalidation during the load counts', async () => {
    const { cache } = new Fleet().node();
    const value = await cache.getOrSet(
      'k',
      async () => {
        await cache.invalidateTags(['team:7']);
        return 'old';
      },
      TEAM,
    );
    expect(value).toBe('old');
    expect(await cache.get('k')).toBeUndefined();
  });
});
