import { CacheConfigError, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { gate, recorded } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { numbered } from './numbered.js';

const EARLY = { ttl: '10m', earlyRefresh: 0.8 } as const;

describe('early refresh at a fraction of the ttl', () => {
  it('leaves a value alone before that', async () => {
    const { cache, clock } = fixture();
    const load = numbered();
    await cache.getOrSet('k', load, EARLY);
    await clock.advance(8 * 60_000 - 1);
    expect(await cache.getOrSet('k', load, EARLY)).toBe(1);
    await clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('serves the hit in its tick with what is there, and loads in the background', async () => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    const load = jest.fn<string | Promise<string>, []>().mockReturnValueOnce('old');
    load.mockReturnValueOnce(next.promise);
    await cache.getOrSet('k', load, EARLY);
    await clock.advance('8m');
    const hit = cache.getOrSet('k', load, EARLY);
    expect(await Promise.race([hit, Promise.resolve('a later tick')])).toBe('old');
    expect(load).toHaveBeenCalledTimes(2);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
    next.open('new');
    await clock.advance(0);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('new');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('counts the hit as a hit, and the load as one that nobody waited for', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', numbered(), EARLY);
    await clock.advance('9m');
    const stream = recorded(cache);
    await cache.getOrSet('k', numbered(), EARLY);
    await clock.advance(0);
    const named = { path: 'keepsake', key: 'k' };
    expect(stream).toEqual([
      ['hit', { ...named, tier: 'memory' }],
      ['load', { ...named, duration: 0, missed: false }],
    ]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, loads: 2, coalesced: 0 });
  });

  it('loads once, however many hits come while it does', async () => {
    const { cache, clock } = fixture();
    const next = gate<number>();
    const load = jest.fn<number | Promise<number>, []>().mockReturnValueOnce(1);
    load.mockReturnValue(next.promise);
    await cache.getOrSet('k', load, EARLY);
    await clock.advance('8m');
    for (let i = 0; i < 100; i++) expect(await cache.getOrSet('k', load, EARLY)).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('counts the fraction of the new value from when that was stored', async () => {
    const { cache, clock } = fixture();
    const load = numbered();
    await cache.getOrSet('k', load, EARLY);
    await clock.advance('9m');
    await cache.getOrSet('k', load, EARLY);
    await clock.advance(8 * 60_000 - 1);
    expect(await cache.getOrSet('k', load, EARLY)).toBe(2);
    expect(load).toHaveBeenCalledTimes(2);
    await clock.advance(1);
    await cache.getOrSet('k', load, EARLY);
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('is not waited for: whoever comes after the end joins it as any load', async () => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    const load = jest.fn<string | Promise<string>, []>().mockReturnValueOnce('old');
    load.mockReturnValue(next.promise);
    await cache.getOrSet('k', load, EARLY);
    await clock.advance(599_999);
    await cache.getOrSet('k', load, EARLY);
    await clock.advance(1);
    const late = cache.getOrSet('k', load, EARLY);
    next.open('new');
    expect(await late).toBe('new');
    expect(load).toHaveBeenCalledTimes(2);
    expect(cache.stats()).toMatchObject({ coalesced: 1 });
  });

  it('reloads what `set` stored, and what a wrapped function did', async () => {
    const { cache, clock } = fixture({ ttl: '10m', earlyRefresh: 0.5 });
    let loads = 0;
    const count = cache.cached(async function count(_id: string) {
      loads += 1;
      return loads;
    });
    await cache.set('k', 'set');
    await count('a');
    await clock.advance('5m');
    expect([await cache.getOrSet('k', () => 'loaded'), await count('a')]).toEqual(['set', 1]);
    await clock.advance(0);
    expect([await cache.get('k'), await count('a')]).toEqual(['loaded', 2]);
  });

  it('goes by the option of the call before that of the cache', async () => {
    const { cache, clock } = fixture({ ttl: '10m', earlyRefresh: 0.5 });
    const load = numbered();
    await cache.getOrSet('k', load);
    await clock.advance('8m');
    await cache.getOrSet('k', load, { earlyRefresh: 0.9 });
    await cache.getOrSet('k', load, { earlyRefresh: false });
    expect(load).toHaveBeenCalledTimes(1);
    await cache.getOrSet('k', load, { retryAfter: '1m' });
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('never reloads what is kept for ever', async () => {
    const { cache, clock } = fixture();
    const load = numbered();
    const options = { ttl: 'forever', earlyRefresh: 0.01 } as const;
    await cache.getOrSet('k', load, options);
    await clock.advance('52w');
    expect(await cache.getOrSet('k', load, options)).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is left to calls that have a loader', async () => {
    const { cache, clock } = fixture();
    const load = numbered();
    const counted = cache.cached(async () => load(), { id: 'counted', ...EARLY });
    await counted();
    await clock.advance('9m');
    expect(await counted.peek()).toBe(1);
    expect(await cache.get(counted.keyOf())).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (cache: ReturnType<typeof fixture>['cache']) => Promise<unknown>, unknown]>([
    ['a delete', (cache) => cache.delete('k'), undefined],
    ['a set', (cache) => cache.set('k', 'set'), 'set'],
    ['an invalidated tag', (cache) => cache.invalidateTags(['t']), undefined],
    ['a clear', (cache) => cache.clear(), undefined],
  ])('stores nothing that was loaded before %s', async (_what, invalidate, left) => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    const load = jest.fn<string | Promise<string>, []>().mockReturnValueOnce('old');
    load.mockReturnValue(next.promise);
    const options = { ...EARLY, tags: ['t'] };
    await cache.getOrSet('k', load, options);
    await clock.advance('9m');
    await cache.getOrSet('k', load, options);
    await invalidate(cache);
    next.open('void');
    await clock.advance(0);
    expect(await cache.get('k')).toBe(left);
  });

  it('does not wait for a load that was hung when its key was set', async () => {
    const { cache, clock } = fixture();
    void cache.getOrSet('k', () => new Promise(() => undefined), EARLY);
    await cache.set('k', 'set', { ttl: '10m' });
    await clock.advance('9m');
    const load = jest.fn(() => 'new');
    expect(await cache.getOrSet('k', load, EARLY)).toBe('set');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('is tried again after 60 s if it hangs', async () => {
    const { cache, clock } = fixture();
    await cache.set('k', 'set', { ttl: '10m' });
    await clock.advance('8m');
    void cache.getOrSet('k', () => new Promise(() => undefined), EARLY);
    await clock.advance(59_999);
    const load = jest.fn(() => 'new');
    await cache.getOrSet('k', load, EARLY);
    expect(load).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('set');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('leaves what is there when the new value is not to be stored', async () => {
    const { cache, clock } = fixture();
    const load = numbered();
    const options = { ...EARLY, when: (value: number) => value === 1 };
    await cache.getOrSet('k', load, options);
    await clock.advance('9m');
    expect(await cache.getOrSet('k', load, options)).toBe(1);
    await clock.advance(59_999);
    expect(await cache.getOrSet('k', load, options)).toBe(1);
    await clock.advance(1);
    expect(await cache.getOrSet('k', load, options)).toBe(4);
  });

  it.each<[unknown, string]>([
    [0, '0'],
    [1, '1'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    ['80%', "'80%'"],
    [true, 'true'],
    [{ beta: 0 }, 'an object'],
    [{ beta: Number.POSITIVE_INFINITY }, 'an object'],
    [null, 'null'],
  ])('refuses %p', async (earlyRefresh, shown) => {
    const wrong = { ttl: '1m', earlyRefresh: earlyRefresh as number } as const;
    const message = `earlyRefresh: ${shown} was given. Allowed: a fraction of the ttl between 0 and 1, 'probabilistic', or { beta } above 0; false for never.`;
    const create = (): unknown => createCache({ backend: memory(), ...wrong });
    expect(create).toThrow(CacheConfigError);
    expect(create).toThrow(message);
    const { cache } = fixture();
    expect(() => cache.cached(async () => 1, wrong)).toThrow(message);
    await expect(cache.getOrSet('k', () => 1, wrong)).rejects.toThrow(message);
  });
});
