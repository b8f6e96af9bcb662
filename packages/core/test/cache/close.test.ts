import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';
import { Fleet, gate, recorded, unhandledRejections, within } from './fleet.js';

describe('a closed cache', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['get', (cache) => cache.get('k')],
    ['set', (cache) => cache.set('k', 1)],
    ['getOrSet', (cache) => cache.getOrSet('k', () => 1, { ttl: 1000 })],
    ['delete', (cache) => cache.delete('k')],
    ['has', (cache) => cache.has('k')],
    ['entry', (cache) => cache.entry('k')],
    ['touch', (cache) => cache.touch('k', 1000)],
    ['getMany', (cache) => cache.getMany(['k'])],
    ['getMany of nothing', (cache) => cache.getMany([])],
    ['setMany', (cache) => cache.setMany([{ key: 'k', value: 1 }])],
    ['setMany of nothing', (cache) => cache.setMany([])],
    ['deleteMany', (cache) => cache.deleteMany(['k'])],
    ['deleteMany of nothing', (cache) => cache.deleteMany([])],
    ['markStale', (cache) => cache.markStale('k')],
    ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
    ['deletePattern', (cache) => cache.deletePattern('*')],
    ['increment', (cache) => cache.increment('k')],
    ['clear', (cache) => cache.clear()],
    ['sweep', (cache) => cache.sweep()],
    ['a call of a cached function', (cache) => cache.cached(async () => 1, { id: 'f', ttl: 1000 })()],
  ])('refuses %s with a clear error, and so do its namespaces', async (_name, work) => {
    const cache = createCache({ backend: memory() });
    const users = cache.namespace('users');
    await cache.close();
    for (const each of [cache, users, cache.namespace('later')]) {
      await expect(work(each)).rejects.toMatchObject({
        name: 'CacheClosedError',
        code: 'CACHE_CLOSED',
        message: expect.stringContaining("'keepsake'"),
      });
    }
  });

  it('still shows its figures', async () => {
    const cache = createCache({ backend: memory() });
    await cache.get('k');
    await cache.close();
    expect(cache.stats()).toMatchObject({ misses: 1 });
    cache.resetStats();
  });

  it('may be closed again', async () => {
    const close = jest.fn();
    const backend = Object.assign(memory(), { close });
    const cache = createCache({ backend });
    await Promise.all([cache.close(), cache.close(), cache[Symbol.asyncDispose]()]);
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('close', () => {
  it('does nothing on a namespace', async () => {
    const cache = createCache({ backend: memory() });
    const users = cache.namespace('users');
    await users.set('k', 1);
    await users.close();
    await users[Symbol.asyncDispose]();
    expect(await users.get('k')).toBe(1);
    expect(await cache.set('k', 1)).toBe(true);
  });

  it('waits for the loads that run, stores what they load, and refuses new ones', async () => {
    const { cache, wire } = new Fleet().node();
    const source = gate<string>();
    const loading = cache.getOrSet('k', () => source.promise, { ttl: '1h' });
    const closing = cache.close();
    await expect(cache.get('k')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    source.open('v');
    await closing;
    expect(await loading).toBe('v');
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'v' });
  });

  it('closes the bus before the tiers, and tells its listeners last', async () => {
    const order: string[] = [];
    const backend = Object.assign(memory(), { close: () => void order.push('tier') });
    const bus = {
      name: 'bus',
      connected: true,
      publish() {},
      subscribe: () => () => void order.push('unsubscribed'),
      close: () => void order.push('bus'),
    };
    const cache = createCache({ backend, bus });
    cache.on('close', ({ path }) => order.push(`close ${path}`));
    await cache.close();
    expect(order).toEqual(['unsubscribed', 'bus', 'tier', 'close keepsake']);
  });

  it('closes the tiers although the bus cannot be closed', async () => {
    const close = jest.fn();
    const backend = Object.assign(memory(), { close });
    const bus = {
      name: 'bus',
      connected: true,
      publish() {},
      subscribe: () => () => undefined,
      close: () => Promise.reject(new Error('gone')),
    };
    await createCache({ backend, bus }).close();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('is bounded when the bus does not answer', async () => {
    const clock = manualClock();
    const close = jest.fn();
    const backend = Object.assign(memory({ clock }), { close });
    const bus = {
      name: 'bus',
      connected: true,
      publish() {},
      subscribe: () => () => undefined,
      close: () => new Promise<void>(() => undefined),
    };
    await within(clock, 1000, createCache({ backend, bus, clock }).close());
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('is bounded when a loader never ends', async () => {
    const { clock, ...fleet } = new Fleet();
    void fleet;
    const cache = createCache({ backend: memory({ clock }), clock });
    void cache.getOrSet('k', () => new Promise(() => undefined), { ttl: '1h' });
    await within(clock, 2000, cache.close());
  });

  it('is bounded when a tier is frozen, with what it owes and what runs', async () => {
    const rejections = unhandledRejections();
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    await cache.set('k', 1);
    wire.controls.hang();
    const deleted = cache.delete('k');
    const loaded = cache.getOrSet('other', () => 'v', { ttl: '1h' });
    await within(fleet.clock, 3000, cache.close());
    expect(await deleted).toBe(true);
    expect(await loaded).toBe('v');
    wire.controls.resume();
    await fleet.clock.advance('1m');
    expect(await rejections.stop()).toEqual([]);
  });

  it('replays what a tier owes, if it answers again', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    await cache.set('k', 1);
    wire.controls.down();
    await cache.delete('k');
    wire.controls.up();
    const stream = recorded(cache);
    await cache.close();
    expect(fleet.server.size).toBe(0);
    expect(stream.map(([type]) => type)).toEqual(['replayed', 'close']);
  });

  it('leaves no timer behind that does anything', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.down();
    await cache.delete('k');
    await cache.close();
    const before = wire.controls.calls.delete;
    await fleet.clock.advance('1h');
    expect(wire.controls.calls.delete).toBe(before);
  });
});
