import { type ByteStore, type Cache, createCache, encoded, jsonCodec, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock } from '@keepsake/testing';
import { seeded } from './seeded.js';

/** The draw for which -ln(1 - draw) is 1: the value is due one load time (times beta) before its end. */
const ONE = 1 - 1 / Math.E;

/** A source that takes `ms` of the clock. */
function taking(clock: ManualClock, ms: number): jest.Mock<Promise<number>, []> {
  let loads = 0;
  return jest.fn(async () => {
    loads += 1;
    const value = loads;
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return value;
  });
}

/** Strings in a map: what goes in comes out as text only. */
function texts(): ByteStore {
  const map = new Map<string, string | Uint8Array>();
  return {
    name: 'texts',
    read: (key) => map.get(key),
    write: (key, data) => void map.set(key, data),
    remove: (key) => map.delete(key),
    clear: () => map.clear(),
    keys: () => [...map.keys()],
  };
}

interface Scene {
  readonly cache: Cache;
  readonly clock: ManualClock;
}

function scene(random: () => number): Scene {
  const clock = manualClock();
  return { clock, cache: createCache({ backend: memory({ clock }), clock, jitter: 0, random }) };
}

describe('probabilistic early refresh', () => {
  it.each([
    ['probabilistic', 5000],
    [{ beta: 2 }, 10_000],
    [{ beta: 0.5 }, 2500],
  ] as const)('with %p goes by how long the load took', async (earlyRefresh, lead) => {
    const { cache, clock } = scene(() => ONE);
    const load = taking(clock, 5000);
    const options = { ttl: '10m', earlyRefresh } as const;
    void cache.getOrSet('k', load, options);
    await clock.advance(5000);
    await clock.advance(600_000 - lead - 1);
    expect(await cache.getOrSet('k', load, options)).toBe(1);
    await clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(await cache.getOrSet('k', load, options)).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
    await clock.advance(lead);
    await clock.advance(5000);
    expect(await cache.getOrSet('k', load, options)).toBe(2);
  });

  it('never comes for a value that loads instantly, nor for one that was set', async () => {
    const { cache, clock } = scene(() => 1 - 2 ** -53);
    const load = jest.fn(() => 'loaded');
    const options = { ttl: '10m', earlyRefresh: { beta: 1000 } } as const;
    await cache.getOrSet('k', load, options);
    await cache.set('set', 'set', { ttl: '10m' });
    await clock.advance(599_999);
    expect(await cache.getOrSet('k', load, options)).toBe('loaded');
    expect(await cache.getOrSet('set', load, options)).toBe('set');
    await clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('goes by the time of the last load', async () => {
    const { cache, clock } = scene(() => ONE);
    const options = { ttl: '10m', earlyRefresh: 'probabilistic' } as const;
    void cache.getOrSet('k', taking(clock, 60_000), options);
    await clock.advance(60_000);
    await clock.advance('9m');
    const quick = taking(clock, 100);
    await cache.getOrSet('k', quick, options);
    await clock.advance(100);
    await clock.advance(600_000 - 101);
    await cache.getOrSet('k', quick, options);
    expect(quick).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    await cache.getOrSet('k', quick, options);
    expect(quick).toHaveBeenCalledTimes(2);
  });

  it.each<[string, (clock: ManualClock, store: ByteStore) => Parameters<typeof createCache>[0]['backend']]>([
    ['a byte tier alone', (clock, store) => encoded(store, jsonCodec(), { clock })],
    [
      'a byte tier behind one in memory',
      (clock, store) => tiered([memory({ clock }), encoded(store, jsonCodec(), { clock })]),
    ],
  ])('knows the load time of another process: over %s', async (_what, backend) => {
    const clock = manualClock();
    const store = texts();
    const start = (): Cache =>
      createCache({ backend: backend(clock, store), clock, jitter: 0, random: () => ONE });
    const options = { ttl: '10m', earlyRefresh: 'probabilistic' } as const;
    const load = taking(clock, 5000);
    void start().getOrSet('k', load, options);
    await clock.advance(5000);
    await clock.advance(600_000 - 5001);
    const restarted = start();
    expect(await restarted.getOrSet('k', load, options)).toBe(1);
    await clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(await restarted.getOrSet('k', load, options)).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('is written to no tier where nobody asked for it', async () => {
    const { clock } = scene(() => ONE);
    const store = texts();
    const backend = encoded(store, jsonCodec(), { clock });
    const cache = createCache({ backend, clock, jitter: 0 });
    await cache.getOrSet('k', () => 1, { ttl: '10m', earlyRefresh: 0.5 });
    expect(String(await store.read('keepsake:k'))).toMatch(/^K1p /);
    await cache.getOrSet('l', () => 1, { ttl: '10m', earlyRefresh: 'probabilistic' });
    expect(String(await store.read('keepsake:l'))).toMatch(/^K1pl /);
  });
});

describe('many requests under probabilistic early refresh', () => {
  /** How long before its end each of 40 values was reloaded, asked for every 100 ms of its last 30 s; 0 for not before. */
  async function leads(loadTime: number, beta = 1): Promise<number[]> {
    const { cache, clock } = scene(seeded(1));
    const options = { ttl: '1m', earlyRefresh: { beta } } as const;
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    for (const key of keys) void cache.getOrSet(key, taking(clock, loadTime), options);
    await clock.advance(loadTime);
    const end = clock.now() + 60_000;
    await clock.advance('30s');
    const found: number[] = [];
    const left = new Set(keys);
    while (left.size > 0) {
      for (const key of left) {
        void cache.getOrSet(
          key,
          () => {
            left.delete(key);
            return found.push(Math.max(0, end - clock.now()));
          },
          options,
        );
      }
      await clock.advance(100);
    }
    return found.sort((a, b) => a - b);
  }

  const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Number.NaN;

  it('reload earlier the longer the load takes', async () => {
    const [quick, slow] = [await leads(200), await leads(1000)];
    expect(median(slow)).toBeGreaterThan(median(quick) * 3);
  });

  it('reload earlier the larger beta is', async () => {
    const [late, even, early] = [await leads(1000, 0.25), await leads(1000, 1), await leads(1000, 4)];
    expect(median(even)).toBeGreaterThan(median(late) * 3);
    expect(median(early)).toBeGreaterThan(median(even) * 3);
  });

  it('reload at instants that are spread, nearly all before the end', async () => {
    const found = await leads(2000);
    const quartile = (at: number): number => found[Math.floor(found.length * at)] ?? Number.NaN;
    expect(quartile(0.75) - quartile(0.25)).toBeGreaterThan(1000);
    expect(found.filter((lead) => lead === 0).length).toBeLessThan(5);
  });

  it('are all served, and load one at a time, when the load takes longer than they are apart', async () => {
    const { cache, clock } = scene(seeded(3));
    const load = taking(clock, 2000);
    const options = { ttl: '1m', earlyRefresh: 'probabilistic' } as const;
    void cache.getOrSet('k', load, options);
    await clock.advance(2000);
    const { misses } = cache.stats();
    for (let at = 0; at < 600_000; at += 100) {
      void cache.getOrSet('k', load, options);
      await clock.advance(100);
    }
    expect(cache.stats().misses - misses).toBeLessThanOrEqual(1);
    // Ten minutes of a value that lives for one, and is reloaded some seconds before its end.
    expect(load.mock.calls.length).toBeGreaterThanOrEqual(10);
    expect(load.mock.calls.length).toBeLessThanOrEqual(14);
  });
});
