import { setTimeout as sleep } from 'node:timers/promises';
import { CacheConfigError, CacheKeyError, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { Fleet, gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const HOUR = { ttl: '1h' } as const;
const later = (): Promise<void> => Promise.resolve();

describe('detectRecursion', () => {
  it('makes a clear error of a loader that waits for itself across an `await`', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const load = async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load);
    };
    const call = cache.getOrSet('k', load);
    await expect(call).rejects.toThrow(CacheKeyError);
    await expect(call).rejects.toThrow(
      "'k': its loader asks the cache for the same key, and would wait for itself.",
    );
  });

  it('follows timers and whatever else the platform does asynchronously', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const total = cache.cached(
      async (): Promise<string> => {
        await sleep(1);
        return total();
      },
      { id: 'total' },
    );
    await expect(total()).rejects.toThrow(CacheKeyError);
  });

  it('finds a circle of several keys', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const ask = (keys: readonly string[]) => async (): Promise<string> => {
      const [next = '', ...rest] = keys;
      await later();
      return cache.getOrSet(next, ask([...rest, next]));
    };
    await expect(cache.getOrSet('a', ask(['b', 'c', 'a']))).rejects.toThrow("'a': its loader asks");
  });

  it('finds it in a refresh, and after a delete', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const steps: (() => Promise<string>)[] = [];
    const total = cache.cached(
      async (): Promise<string> => {
        await later();
        return steps[0]?.() ?? 'nothing left to do';
      },
      { id: 'total' },
    );
    steps[0] = () => total.refresh();
    await expect(total()).rejects.toThrow(CacheKeyError);
    steps[0] = async () => {
      await total.delete();
      return total();
    };
    await expect(total()).rejects.toThrow(CacheKeyError);
  });

  it('finds it over leases', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ detectRecursion: true });
    wire.controls.delay(3);
    const load = async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load, HOUR);
    };
    const call = cache.getOrSet('k', load, HOUR).catch((error: unknown) => error);
    await fleet.clock.advance(100);
    expect(await Promise.race([call, Promise.resolve('still pending')])).toBeInstanceOf(CacheKeyError);
  });

  it('asks what is no promise but can be waited for once, as a query that runs each time it is', async () => {
    const { cache } = fixture({ detectRecursion: true });
    let runs = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: that is the case
      then(done: (rows: number) => void) {
        runs += 1;
        done(runs);
      },
    };
    expect(await cache.getOrSet('k', () => query as unknown as Promise<number>)).toBe(1);
    expect(runs).toBe(1);
  });

  it('lets other callers wait for the same load', async () => {
    const { cache, clock } = fixture({ detectRecursion: true });
    const source = gate<string>();
    const slow = cache.getOrSet('slow', () => source.promise);
    const siblings = [
      cache.getOrSet('slow', () => 'never'),
      cache.getOrSet('a', async () => cache.getOrSet('slow', () => 'never')),
      cache.getOrSet('b', async () => {
        await later();
        return cache.getOrSet('slow', () => 'never');
      }),
    ];
    await clock.advance(0);
    source.open('v');
    expect(await Promise.all([slow, ...siblings])).toEqual(['v', 'v', 'v', 'v']);
  });

  it('lets two branches of one load wait for the same other load', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const shared = (): Promise<string> => cache.getOrSet('shared', async () => later().then(() => 's'));
    const branch = (key: string) => cache.getOrSet(key, async () => later().then(shared));
    const load = async (): Promise<string> => (await Promise.all([branch('left'), branch('right')])).join('');
    expect(await cache.getOrSet('k', load)).toBe('ss');
  });

  it('lets what a loader has left running ask for the key once the load is over', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const over = gate<void>();
    let afterwards: Promise<string> | undefined;
    const load = async (): Promise<string> => {
      await later();
      afterwards = over.promise.then(async () => {
        await cache.delete('k');
        return cache.getOrSet('k', () => 'afterwards');
      });
      return 'v';
    };
    expect(await cache.getOrSet('k', load)).toBe('v');
    over.open();
    expect(await afterwards).toBe('afterwards');
  });

  it('lets it do so after a load that failed, too', async () => {
    const { cache } = fixture({ detectRecursion: true });
    const over = gate<void>();
    let afterwards: Promise<string> | undefined;
    const load = (): string => {
      afterwards = over.promise.then(() => cache.getOrSet('k', () => 'afterwards'));
      throw new Error('at once');
    };
    await expect(cache.getOrSet('k', load)).rejects.toThrow('at once');
    over.open();
    expect(await afterwards).toBe('afterwards');
  });

  it('lets a refresh in the background, which no load waits for, ask for the key of the load that started it', async () => {
    const { cache, clock } = fixture({ detectRecursion: true });
    const early = { ttl: '10m', earlyRefresh: 0.5 } as const;
    await cache.set('part', 'old part', { ttl: '10m' });
    await clock.advance('6m');
    const part = async (): Promise<string> => {
      await later();
      return `part of ${await cache.getOrSet('whole', () => 'never')}`;
    };
    const whole = async (): Promise<string> => {
      await later();
      return `whole with ${await cache.getOrSet('part', part, early)}`;
    };
    expect(await cache.getOrSet('whole', whole)).toBe('whole with old part');
    await clock.advance(0);
    expect(await cache.get('part')).toBe('part of whole with old part');
  });

  it.each([1, 'yes', {}, null])('is true or false, not %p', (detectRecursion) => {
    const create = (): unknown =>
      createCache({ backend: memory(), detectRecursion: detectRecursion as unknown as boolean });
    expect(create).toThrow(CacheConfigError);
    expect(create).toThrow(/^detectRecursion: .* was given\. Allowed: boolean\.$/);
  });
});
