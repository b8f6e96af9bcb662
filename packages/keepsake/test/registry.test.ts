import {
  type Backend,
  Cached,
  CacheError,
  cached,
  closeAll,
  configure,
  defineConfig,
  getCache,
  memory,
  resetConfiguration,
  wrap,
} from 'keepsake';
import { restoreEnvironment, setEnvironment } from './environment.js';
import { messageOf } from './message-of.js';

beforeEach(() => setEnvironment({ REDIS_URL: undefined }));

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
});

/** A memory backend that tells what was asked of it. */
function watched(): Backend & { readonly closings: number } {
  const inner = memory();
  let closings = 0;
  const backend = wrap(inner, {
    close() {
      closings++;
      return inner.close();
    },
  });
  return Object.defineProperty(backend, 'closings', { get: () => closings }) as Backend & {
    closings: number;
  };
}

describe('without any config', () => {
  it('caches a decorated method in memory', async () => {
    class Users {
      calls = 0;
      @Cached('5m')
      async find(id: string): Promise<string> {
        this.calls++;
        return `user ${id}`;
      }
    }
    const users = new Users();
    expect([await users.find('42'), await users.find('42'), users.calls]).toEqual(['user 42', 'user 42', 1]);
    expect(getCache().stats()).toMatchObject({ hits: 1, loads: 1, tiers: [{ name: 'memory' }] });
    expect(getCache().path).toBe('keepsake');
  });
});

describe('getCache', () => {
  it('gives the same cache for the same name', () => {
    configure({ backends: { memory: { type: 'memory' } }, caches: { llm: { tiers: ['memory'] } } });
    expect(getCache('llm')).toBe(getCache('llm'));
    expect(getCache()).toBe(getCache('default'));
    expect(getCache()).not.toBe(getCache('llm'));
  });

  it('lists the names there are when there is none by a name', () => {
    configure({ backends: { memory: { type: 'memory' } }, caches: { llm: { tiers: ['memory'] } } });
    expect(messageOf(() => getCache('lmm'))).toBe(
      "There is no cache 'lmm'. Did you mean 'llm'? Allowed: 'default', 'llm'.",
    );
    expect(messageOf(() => getCache('__proto__'))).toContain("There is no cache '__proto__'.");
  });

  it('is where the policies of functions find a cache by its name', async () => {
    configure({
      backends: { memory: { type: 'memory' } },
      caches: { llm: { tiers: ['memory'], ttl: '1m' } },
    });
    const summarise = cached(async (text: string) => text.length, { id: 'summarise', cache: 'llm' });
    expect(await summarise('four')).toBe(4);
    expect(getCache('llm').stats().loads).toBe(1);
    const lost = cached(async () => 1, { id: 'lost', ttl: '1m', cache: 'lost' });
    await expect(lost()).rejects.toThrow("There is no cache 'lost'. Allowed: 'default', 'llm'.");
  });

  it('keeps the keys of every cache and version apart', () => {
    configure({
      namespace: 'shop',
      backends: { memory: { type: 'memory' } },
      caches: {
        default: { tiers: ['memory'], version: 3 },
        llm: { tiers: ['memory'] },
        old: { tiers: ['memory'], namespace: 'legacy:x', version: '2024-01' },
      },
    });
    expect(['default', 'llm', 'old'].map((name) => getCache(name).path)).toEqual([
      'shop~3',
      'shop.llm',
      'legacy%3Ax~2024-01',
    ]);
  });

  it('gives a cache the ttl, profiles and duplicateIds of its config', async () => {
    configure({
      profiles: { predictions: '2h' },
      backends: { memory: { type: 'memory' } },
      caches: {
        default: { tiers: ['memory'], ttl: 'profile:predictions', jitter: 0, duplicateIds: 'replace' },
      },
    });
    const twice = [1, 2].map((n) => cached(async () => n, { id: 'same' }));
    for (const fn of twice) await fn();
    const [key] = [twice[1]?.keyOf() ?? ''];
    const entry = await getCache().entry(key);
    expect((entry?.expiresAt ?? 0) - (entry?.createdAt ?? 0)).toBe(7_200_000);
  });

  it('bounds the life of entries in a tier with maxTtl', async () => {
    const front = memory();
    configure({
      backends: {
        front: { type: 'custom', create: () => front },
        back: { type: 'memory' },
      },
      caches: { default: { tiers: [{ backend: 'front', maxTtl: '10s' }, 'back'] } },
    });
    await getCache().set('a', 1, { ttl: '1h' });
    const entry = front.get('keepsake:a');
    expect((entry?.expiresAt ?? 0) - (entry?.createdAt ?? 0)).toBeLessThanOrEqual(10_100);
  });
});

describe('a backend', () => {
  it('is made when a cache first needs it, once for all caches', async () => {
    let made = 0;
    const create = (): Backend => {
      made++;
      return memory();
    };
    configure({
      backends: { own: { type: 'custom', create } },
      caches: { a: { tiers: ['own'] }, b: { tiers: ['own'] } },
    });
    expect(made).toBe(0);
    await getCache('a').set('k', 1);
    await getCache('b').set('k', 2);
    expect(made).toBe(1);
    expect(await getCache('a').get('k')).toBe(1);
  });

  it('is closed with the last cache that uses it', async () => {
    const own = watched();
    configure({
      backends: { own: { type: 'custom', create: () => own } },
      caches: { a: { tiers: ['own'] }, b: { tiers: ['own'] } },
    });
    const [a, b] = [getCache('a'), getCache('b')];
    await a.close();
    await a.close();
    await b.set('k', 1);
    expect([own.closings, await b.get('k')]).toEqual([0, 1]);
    await b.close();
    expect(own.closings).toBe(1);
  });

  it('bears the name that the config gives it', () => {
    configure({
      backends: { own: { type: 'custom', create: watched } },
      caches: { default: { tiers: ['own'] } },
    });
    expect(getCache().stats().tiers[0]?.name).toBe('own');
  });
});

describe('configure', () => {
  const config = defineConfig({
    backends: { memory: { type: 'memory' } },
    caches: { default: { tiers: ['memory'] } },
  });

  it('counts as long as no cache was handed out', () => {
    configure({});
    configure({ ...config, namespace: 'second' });
    expect(getCache().path).toBe('second');
  });

  it('is refused once a cache was handed out, until the configuration is reset', async () => {
    configure(config);
    const before = getCache();
    expect(messageOf(() => configure(config))).toBe(
      'configure: the config came too late: caches are in use already (default). ' +
        'Configure before the first call of a cached function; in a test, `await resetConfiguration()` first.',
    );
    await resetConfiguration();
    configure(config);
    expect(getCache()).not.toBe(before);
    await expect(before.get('a')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  });

  it('leaves what was configured as it was when the new config is wrong', () => {
    configure({ ...config, namespace: 'first' });
    expect(() => configure({ ...config, namespace: '' })).toThrow();
    expect(getCache().path).toBe('first');
  });
});

it('closes every cache that was handed out', async () => {
  const own = watched();
  configure({
    backends: { own: { type: 'custom', create: () => own } },
    caches: { default: { tiers: ['own'] } },
  });
  const cache = getCache();
  await closeAll();
  expect(own.closings).toBe(1);
  const error: unknown = await cache.get('a').catch((reason: unknown) => reason);
  expect(CacheError.is(error) && error.code).toBe('CACHE_CLOSED');
  expect(getCache()).toBe(cache);
});
