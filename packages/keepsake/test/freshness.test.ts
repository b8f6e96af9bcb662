import { type Cache, cached, configure, getCache, type KeepsakeConfig, resetConfiguration } from 'keepsake';
import { eventually } from '../../../test-support/redis-server.js';
import { restoreEnvironment, setEnvironment } from './environment.js';

type CacheConfig = NonNullable<KeepsakeConfig['caches']>[string];

beforeEach(() => setEnvironment({ REDIS_URL: undefined }));

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
});

/** The default cache of a config that says `options` of it. */
function cacheWith(options: Omit<CacheConfig, 'tiers'>): Cache {
  configure({
    backends: { near: { type: 'memory' } },
    caches: { default: { tiers: ['near'], ttl: '1h', ...options } },
  });
  return getCache();
}

/** A source of numbers that works until it is told not to. */
class Source {
  loads = 0;
  failure: Error | undefined;

  readonly load = async (): Promise<number> => {
    this.loads++;
    if (this.failure) throw this.failure;
    return this.loads;
  };
}

const never = (): Promise<never> => new Promise(() => undefined);
const down = new Error('down');

describe('a cache whose config says', () => {
  it('nothing serves no stale value: the error of the loader is all there is', async () => {
    const cache = cacheWith({});
    await cache.set('k', 'old');
    await cache.markStale('k');
    await expect(cache.getOrSet('k', () => Promise.reject(down))).rejects.toBe(down);
  });

  it('staleIfError serves the stale value when the load fails, of functions and of getOrSet', async () => {
    const cache = cacheWith({ staleIfError: '1d' });
    const source = new Source();
    const count = cached(source.load, { id: 'count' });
    expect(await count()).toBe(1);
    await cache.markStale(count.keyOf());
    source.failure = down;
    expect(await count()).toBe(1);
    expect(source.loads).toBe(2);
    await cache.set('k', 'old');
    await cache.markStale('k');
    expect(await cache.getOrSet('k', source.load)).toBe('old');
    expect(cache.stats()).toMatchObject({ staleHits: 2, loadErrors: 2 });
  });

  it('staleIfError leaves the policy of a function the last word', async () => {
    const cache = cacheWith({ staleIfError: '1d' });
    const source = new Source();
    const count = cached(source.load, { id: 'count', staleIfError: '1ms' });
    await count();
    await cache.markStale(count.keyOf());
    const entry = await cache.entry(count.keyOf());
    await eventually(() => performance.timeOrigin + performance.now() > (entry?.staleAt ?? 0) + 1, 1000);
    source.failure = down;
    await expect(count()).rejects.toBe(down);
  });

  it('staleIfError keeps what is set for so much longer', async () => {
    const cache = cacheWith({ staleIfError: '1d' });
    await cache.set('k', 1);
    const entry = await cache.entry('k');
    expect((entry?.expiresAt ?? 0) - (entry?.staleAt ?? 0)).toBe(86_400_000);
  });

  it('staleWhileRevalidate serves the stale value while it is reloaded', async () => {
    const cache = cacheWith({ staleWhileRevalidate: '1d' });
    await cache.set('k', 'old');
    await cache.markStale('k');
    expect(await cache.getOrSet('k', () => 'new')).toBe('old');
    await eventually(async () => (await cache.get('k')) === 'new', 1000);
  });

  it('retryAfter asks a source that failed again when that has passed', async () => {
    const cache = cacheWith({ staleIfError: '1d', retryAfter: '5ms' });
    const source = new Source();
    source.failure = down;
    await cache.set('k', 'old');
    await cache.markStale('k');
    const askedAgain = async (): Promise<boolean> => {
      expect(await cache.getOrSet('k', source.load)).toBe('old');
      return source.loads >= 2;
    };
    // Less than the second that is the default.
    await eventually(askedAgain, 900);
  });

  it('softTimeout serves the stale value when the load is slow', async () => {
    const cache = cacheWith({ staleIfError: '1d', softTimeout: 5 });
    await cache.set('k', 'old');
    await cache.markStale('k');
    expect(await cache.getOrSet('k', never)).toBe('old');
  });

  it('hardTimeout ends the wait for a load', async () => {
    const cache = cacheWith({ hardTimeout: '5ms' });
    await expect(cache.getOrSet('k', never)).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it.each<[string, CacheConfig['earlyRefresh']]>([
    ['a fraction', 1e-9],
    ['beta', { beta: 1e15 }],
  ])('earlyRefresh by %s reloads what is hit before it is stale', async (_how, earlyRefresh) => {
    const cache = cacheWith({ earlyRefresh });
    const load = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return source.load();
    };
    const source = new Source();
    await cache.getOrSet('k', load);
    await eventually(async () => {
      await cache.getOrSet('k', load);
      return source.loads >= 2;
    }, 1000);
  });

  it('jitter shortens lives by so much at most', async () => {
    const lives = async (jitter: number): Promise<readonly number[]> => {
      await resetConfiguration();
      const cache = cacheWith({ jitter });
      for (let i = 0; i < 20; i++) await cache.set(`k${i}`, i);
      const entries = await Promise.all(Array.from({ length: 20 }, (_, i) => cache.entry(`k${i}`)));
      return entries.map((entry) => (entry?.staleAt ?? 0) - (entry?.createdAt ?? 0));
    };
    expect(new Set(await lives(0))).toEqual(new Set([3_600_000]));
    const half = await lives(0.5);
    expect(Math.min(...half)).toBeGreaterThan(1_800_000 - 1);
    expect(Math.min(...half)).toBeLessThan(3_600_000 * 0.9);
  });

  it('detectRecursion refuses a load that asks for its own key after an await', async () => {
    const cache = cacheWith({ detectRecursion: true });
    const load = async (): Promise<number> => {
      await Promise.resolve();
      return cache.getOrSet('k', load);
    };
    await expect(cache.getOrSet('k', load)).rejects.toMatchObject({ code: 'CACHE_KEY' });
  });
});
