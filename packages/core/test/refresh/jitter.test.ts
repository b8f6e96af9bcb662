import { type Cache, CacheConfigError, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock } from '@keepsake/testing';
import { seeded } from './seeded.js';

const MINUTE = 60_000;

/** A cache with the jitter that it has by itself, unless `options` say otherwise. */
function jittered(options: { readonly jitter?: number; readonly random?: () => number } = {}) {
  const clock = manualClock();
  return { clock, cache: createCache({ backend: memory({ clock }), clock, ttl: '1m', ...options }) };
}

type Store = (cache: Cache, key: string, options?: { readonly jitter?: number }) => Promise<string>;

/** Ways to store a value, each with the key that it is under then. */
const WAYS: readonly [string, Store][] = [
  ['set', (cache, key, options) => cache.set(key, 1, options).then(() => key)],
  ['setMany', (cache, key, options) => cache.setMany([{ key, value: 1, ...options }]).then(() => key)],
  ['getOrSet', (cache, key, options) => cache.getOrSet(key, () => 1, options).then(() => key)],
  [
    'cached',
    (cache, key, options) => {
      const one = cache.cached(async () => 1, { id: key, ...options });
      return one().then(() => one.keyOf());
    },
  ],
];

async function lifeOf(cache: Cache, key: string): Promise<number> {
  const { createdAt, staleAt } = (await cache.entry(key)) ?? { createdAt: Number.NaN, staleAt: 0 };
  return staleAt - createdAt;
}

describe('jitter', () => {
  it.each(WAYS)(
    'shortens what `%s` stores by up to 5 %% at random, and never makes it longer',
    async (_way, store) => {
      for (const [random, life] of [
        [0, MINUTE],
        [0.5, 58_500],
        [1 - 2 ** -53, 57_000],
      ] as const) {
        const { cache } = jittered({ random: () => random });
        expect(await lifeOf(cache, await store(cache, 'k'))).toBeCloseTo(life, 2);
      }
    },
  );

  it.each(WAYS)('spreads what `%s` stores without being told anything', async (_way, store) => {
    const { cache } = jittered();
    const found: number[] = [];
    for (let i = 0; i < 300; i++) {
      found.push(await lifeOf(cache, await store(cache, `k${i}`)));
    }
    expect(Math.max(...found)).toBeLessThanOrEqual(MINUTE);
    expect(Math.min(...found)).toBeGreaterThan(57_000 - 1);
    // Of 300 even draws, all in one half of the range, or none in either outer tenth, is beyond chance.
    expect(Math.max(...found)).toBeGreaterThan(59_700);
    expect(Math.min(...found)).toBeLessThan(57_300);
  });

  it.each(WAYS)('is turned off by 0, for a cache and for one call of `%s`', async (_way, store) => {
    const random = (): number => 0.9;
    const off = jittered({ jitter: 0, random });
    expect(await lifeOf(off.cache, await store(off.cache, 'k'))).toBe(MINUTE);
    expect(await lifeOf(off.cache, await store(off.cache, 'own', { jitter: 0.5 }))).toBe(MINUTE * 0.55);
    const on = jittered({ random });
    expect(await lifeOf(on.cache, await store(on.cache, 'k', { jitter: 0 }))).toBe(MINUTE);
  });

  it('has a default in the cache, which its namespaces share', async () => {
    const { cache } = jittered({ jitter: 0.2, random: () => 0.5 });
    const users = cache.namespace('users');
    await users.set('k', 1);
    expect(await lifeOf(users, 'k')).toBeCloseTo(54_000, 2);
  });

  it('draws for every item of a `setMany`', async () => {
    const { cache } = jittered({ random: seeded(7) });
    await cache.setMany([
      { key: 'a', value: 1 },
      { key: 'b', value: 1 },
      { key: 'c', value: 1, jitter: 0 },
    ]);
    const [a, b, c] = [await lifeOf(cache, 'a'), await lifeOf(cache, 'b'), await lifeOf(cache, 'c')];
    expect(new Set([a, b, MINUTE]).size).toBe(3);
    expect(c).toBe(MINUTE);
  });

  it('leaves what is kept for ever alone', async () => {
    const { cache } = jittered({ jitter: 0.99, random: () => 0.999 });
    await cache.set('k', 1, { ttl: 'forever' });
    await cache.getOrSet('l', () => 1, { ttl: 'forever' });
    for (const key of ['k', 'l']) {
      expect(await cache.entry(key)).toMatchObject({ staleAt: Infinity, expiresAt: Infinity });
    }
  });

  it('moves the windows in which a value may be served stale along with its end', async () => {
    const { cache } = jittered({ random: () => 0.5 });
    await cache.set('k', 1, { staleIfError: '1h' });
    const { createdAt = 0, expiresAt = 0 } = (await cache.entry('k')) ?? {};
    expect(expiresAt - createdAt).toBe(58_500 + 3_600_000);
  });

  it('is what `random` says, so that a run can be run again', async () => {
    const run = async (seed: number): Promise<number[]> => {
      const { cache } = jittered({ random: seeded(seed) });
      const found: number[] = [];
      for (let i = 0; i < 20; i++) {
        await cache.getOrSet(`k${i}`, () => i);
        found.push(await lifeOf(cache, `k${i}`));
      }
      return found;
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it.each([1, -0.1, Number.NaN, 5, '5%', null])('refuses %p', async (jitter) => {
    const wrong = { jitter: jitter as number };
    const create = (): unknown => jittered(wrong);
    expect(create).toThrow(CacheConfigError);
    expect(create).toThrow(/^jitter: .* was given\. Allowed: a fraction from 0 to less than 1\.$/);
    const { cache } = jittered();
    await expect(cache.set('k', 1, wrong)).rejects.toThrow('jitter: ');
    await expect(cache.getOrSet('k', () => 1, wrong)).rejects.toThrow('jitter: ');
    expect(() => cache.cached(async () => 1, wrong)).toThrow('jitter: ');
  });
});

describe('500 keys that were stored together', () => {
  const keys = Array.from({ length: 500 }, (_, i) => `k${i}`);

  /** When each of the keys was loaded again; until then it is asked for every 10 ms around the end of its life. */
  async function reloads(
    clock: ManualClock,
    request: (key: string, load: () => number) => void,
  ): Promise<number[]> {
    const loadedAt: number[] = [];
    const left = new Set(keys);
    await clock.advance(56_990);
    for (let at = 56_990; at <= 60_010; at += 10) {
      for (const key of left) {
        request(key, () => {
          left.delete(key);
          return loadedAt.push(clock.now());
        });
      }
      await clock.advance(10);
    }
    return loadedAt;
  }

  /** The most of `instants` that lie in any 20 ms. */
  function densest(instants: readonly number[]): number {
    return Math.max(...instants.map((from) => instants.filter((at) => at >= from && at < from + 20).length));
  }

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['set', (cache) => Promise.all(keys.map((key) => cache.set(key, 1)))],
    ['setMany', (cache) => cache.setMany(keys.map((key) => ({ key, value: 1 })))],
    ['getOrSet', (cache) => Promise.all(keys.map((key) => cache.getOrSet(key, () => 1)))],
  ])('by `%s` are loaded again one after the other, at most 60 in any 20 ms', async (_way, store) => {
    const { cache, clock } = jittered({ random: seeded(42) });
    await store(cache);
    const instants = await reloads(clock, (key, load) => void cache.getOrSet(key, load));
    expect(instants).toHaveLength(500);
    expect(densest(instants)).toBeLessThanOrEqual(60);
  });

  it('by a wrapped function are too', async () => {
    const { cache, clock } = jittered({ random: seeded(42) });
    let load = (): number => 0;
    const one = cache.cached(async (_key: string) => load(), { id: 'one' });
    await Promise.all(keys.map((key) => one(key)));
    const instants = await reloads(clock, (key, again) => {
      load = again;
      void one(key);
    });
    expect(instants).toHaveLength(500);
    expect(densest(instants)).toBeLessThanOrEqual(60);
  });

  it('are all loaded at once without it', async () => {
    const { cache, clock } = jittered({ jitter: 0 });
    await cache.setMany(keys.map((key) => ({ key, value: 1 })));
    const instants = await reloads(clock, (key, load) => void cache.getOrSet(key, load));
    expect(densest(instants)).toBe(500);
  });
});
