import { type Cache, CacheKeyError, CacheTimeoutError } from '@keepsake/core';
import { Fleet, gate, within } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const OWN_KEY =
  "'k': its loader asks the cache for the same key, and would wait for itself. Call the loader's own function.";
const HOUR = { ttl: '1h' } as const;

const later = (): Promise<void> => Promise.resolve();

/** Where recursion is looked at: a cache in memory, and one of a fleet. `settle` gives tiers the time that they take. */
const CACHES: readonly [string, () => { readonly cache: Cache; readonly settle: () => Promise<void> }][] = [
  [
    'in memory',
    () => {
      const { cache, clock } = fixture();
      return { cache, settle: () => clock.advance(0) };
    },
  ],
  [
    'over leases',
    () => {
      const fleet = new Fleet();
      const { cache, wire } = fleet.node({ ttl: '1h' });
      wire.controls.delay(3);
      return { cache, settle: () => fleet.clock.advance(100) };
    },
  ],
];

/** What `call` rejects with. */
async function failure(call: Promise<unknown>, settle: () => Promise<void>): Promise<unknown> {
  const caught = call.then(
    (value) => `it returned ${String(value)}`,
    (error: unknown) => error,
  );
  await settle();
  return Promise.race([caught, Promise.resolve('still pending')]);
}

describe.each(CACHES)('a loader that asks for its own key before its first `await`, %s', (_where, create) => {
  it.each<[string, (cache: Cache, again: () => Promise<unknown>) => Promise<unknown>]>([
    ['directly', (_, again) => again()],
    [
      'after it has deleted it',
      (cache, again) => {
        void cache.delete('k');
        return again();
      },
    ],
    [
      'after it has invalidated its tag',
      (cache, again) => {
        void cache.invalidateTags(['t']);
        return again();
      },
    ],
  ])('gets a clear error: %s', async (_how, ask) => {
    const { cache, settle } = create();
    const load = (): Promise<unknown> => ask(cache, () => cache.getOrSet('k', load, { tags: ['t'] }));
    const error = await failure(cache.getOrSet('k', load, { tags: ['t'] }), settle);
    expect(error).toBeInstanceOf(CacheKeyError);
    expect(error).toMatchObject({ message: OWN_KEY, key: 'k' });
  });

  it('gets it from a wrapped function, and from its refresh', async () => {
    const { cache, settle } = create();
    const ways: (() => Promise<unknown>)[] = [];
    const total = cache.cached(async () => ways[0]?.(), { id: 'total' });
    for (const way of [() => total(), () => total.refresh()]) {
      ways[0] = way;
      expect(await failure(total(), settle)).toBeInstanceOf(CacheKeyError);
      expect(await failure(total.refresh(), settle)).toBeInstanceOf(CacheKeyError);
    }
  });

  it('may go on without it: the error is that of the inner call', async () => {
    const { cache, settle } = create();
    const load = async (): Promise<string> => {
      const inner = await cache.getOrSet('k', load).catch((error: unknown) => error);
      return inner instanceof CacheKeyError ? 'went on' : 'no error';
    };
    const call = cache.getOrSet('k', load);
    await settle();
    expect(await call).toBe('went on');
    await settle();
    expect(await cache.get('k')).toBe('went on');
  });

  it('is none if there is something under that key', async () => {
    const { cache, settle } = create();
    const total = cache.cached(
      async (): Promise<number> => ((await total.peek()) === undefined ? 1 : (await total()) + 1),
      { id: 'total' },
    );
    const calls = total();
    await settle();
    expect(await calls).toBe(1);
    const refreshed = total.refresh();
    await settle();
    expect(await refreshed).toBe(2);
  });

  it('does not confuse the keys of one function', async () => {
    const { cache, settle } = create();
    const factorial = cache.cached(
      async (n: number): Promise<number> => (n === 0 ? 1 : n * (await factorial(n - 1))),
      { id: 'factorial' },
    );
    const call = factorial(5);
    await settle();
    expect(await call).toBe(120);
  });

  it('does not confuse two namespaces', async () => {
    const { cache, settle } = create();
    const call = cache.getOrSet('k', () => cache.namespace('n').getOrSet('k', () => 'v'));
    await settle();
    expect(await call).toBe('v');
  });
});

describe('an indirect recursion before the first `await`', () => {
  it('of two functions is found by the one that closes the circle', async () => {
    const { cache } = fixture();
    const calls: string[] = [];
    const a = cache.cached(
      async (): Promise<string> => {
        calls.push('a');
        return b();
      },
      { id: 'a' },
    );
    const b = cache.cached(
      async (): Promise<string> => {
        calls.push('b');
        return a();
      },
      { id: 'b' },
    );
    await expect(a()).rejects.toThrow('its loader asks the cache for the same key');
    expect(calls).toEqual(['a', 'b']);
    await expect(b()).rejects.toThrow(CacheKeyError);
  });

  it('while the source is spared is found as well', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const options = { ttl: '1m', staleIfError: '1m', retryAfter: '1h' } as const;
    await cache.getOrSet('k', () => 'old', options);
    await fleet.clock.advance('1m');
    await cache.getOrSet('k', () => Promise.reject(new Error('down')), options);
    await fleet.clock.advance('1m');
    wire.controls.delay(10);
    const load = (): Promise<string> => cache.getOrSet('k', load, options);
    expect(await failure(cache.getOrSet('k', load, options), () => fleet.clock.advance(200))).toBeInstanceOf(
      CacheKeyError,
    );
  });
});

describe('a loader that asks for its own key across an `await`, and nobody looks for that', () => {
  it('ends with a timeout that names the cause, after five loads of 60 s', async () => {
    const { cache, clock } = fixture();
    const load = jest.fn(async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load);
    });
    const call = cache.getOrSet('k', load).catch((error: unknown) => error);
    await clock.advance(299_999);
    expect(await Promise.race([call, Promise.resolve('still pending')])).toBe('still pending');
    await clock.advance(1);
    const error = await call;
    expect(error).toBeInstanceOf(CacheTimeoutError);
    expect((error as Error).message).toContain('`detectRecursion` finds that');
    expect(load).toHaveBeenCalledTimes(5);
  });

  it('ends over leases too', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.delay(3);
    const load = jest.fn(async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load, HOUR);
    });
    const call = cache.getOrSet('k', load, HOUR).catch((error: unknown) => error);
    await fleet.clock.advance('305s');
    expect(await Promise.race([call, Promise.resolve('still pending')])).toBeInstanceOf(CacheTimeoutError);
    expect(load).toHaveBeenCalledTimes(5);
    expect(
      await within(
        fleet.clock,
        6000,
        cache.getOrSet('k', () => 'v', HOUR),
      ),
    ).toBe('v');
  });

  it('blocks nobody else, in this process or another one', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const load = async (): Promise<string> => {
      await later();
      return a.cache.getOrSet('k', load, HOUR);
    };
    const call = a.cache.getOrSet('k', load, HOUR).catch(() => 'ended');
    await fleet.clock.advance(0);
    expect(await a.cache.getOrSet('other', () => 'v', HOUR)).toBe('v');
    const elsewhere = b.cache.getOrSet('k', () => 'b', HOUR);
    await fleet.clock.advance('61s');
    expect(await Promise.race([elsewhere, Promise.resolve('still pending')])).toBe('b');
    await fleet.clock.advance('5m');
    expect(await Promise.race([call, Promise.resolve('still pending')])).not.toBe('still pending');
  });

  it('of two keys in a circle ends as well', async () => {
    const { cache, clock } = fixture();
    const ask = (key: string, other: string) => async (): Promise<string> => {
      await later();
      return cache.getOrSet(other, ask(other, key));
    };
    const call = cache.getOrSet('a', ask('a', 'b')).catch((error: unknown) => error);
    await clock.advance('10m');
    expect(await Promise.race([call, Promise.resolve('still pending')])).toBeInstanceOf(CacheTimeoutError);
  });

  it('ends sooner with a hardTimeout', async () => {
    const { cache, clock } = fixture();
    const options = { hardTimeout: '5s' } as const;
    const load = async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load, options);
    };
    const call = cache.getOrSet('k', load, options).catch((error: unknown) => error);
    await clock.advance('5s');
    expect(await Promise.race([call, Promise.resolve('still pending')])).toBeInstanceOf(CacheTimeoutError);
  });

  it('that a caller deletes leaves the next caller free', async () => {
    const { cache, clock } = fixture();
    const load = async (): Promise<string> => {
      await later();
      return cache.getOrSet('k', load);
    };
    void cache.getOrSet('k', load).catch(() => undefined);
    await clock.advance(0);
    await cache.delete('k');
    expect(await cache.getOrSet('k', () => 'v')).toBe('v');
  });
});

it('a slow load is no recursion: those who wait for it from another load get it', async () => {
  const { cache, clock } = fixture();
  const source = gate<string>();
  const slow = cache.getOrSet('slow', () => source.promise);
  const outer = cache.getOrSet('outer', () => cache.getOrSet('slow', () => 'never'));
  await clock.advance('10s');
  source.open('v');
  expect(await Promise.all([slow, outer])).toEqual(['v', 'v']);
});
