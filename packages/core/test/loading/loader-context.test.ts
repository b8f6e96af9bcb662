import { AsyncLocalStorage } from 'node:async_hooks';
import { CacheConfigError, createCache, type LoaderContext, loaderContext } from '@keepsake/core';
import { Fleet, gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const OUTSIDE =
  'loaderContext: no load is calling here. Allowed: inside a cached function, before its first `await`, when the cache calls it.';

describe("a loader's context", () => {
  it('is the argument of the loader of `getOrSet`', async () => {
    const { cache } = fixture();
    const load = jest.fn((context: LoaderContext<string>) => `aborted: ${context.signal.aborted}`);
    expect(await cache.getOrSet('k', load)).toBe('aborted: false');
  });

  it('is the same that `loaderContext` gives', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', (context) => {
      expect(loaderContext()).toBe(context);
    });
    expect.assertions(1);
  });

  it('is what `loaderContext` gives inside a wrapped function, which keeps its arguments', async () => {
    const { cache, clock } = fixture();
    const rest: unknown[][] = [];
    const find = cache.cached(async function find(...args: readonly string[]) {
      loaderContext().setTtl('1m');
      rest.push([...args]);
      return args.length;
    });
    await find('a', 'b');
    await clock.advance('1m');
    await find('a', 'b');
    expect(rest).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('is there over tiers that take their time too', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.delay(10);
    const find = cache.cached(async () => loaderContext().signal.aborted, { id: 'find', ttl: '1h' });
    const call = find();
    await fleet.clock.advance(100);
    expect(await call).toBe(false);
  });

  it('is not to be had after an `await`, which a clear error says', async () => {
    const { cache } = fixture();
    const find = cache.cached(async function find() {
      await Promise.resolve();
      return loaderContext().signal;
    });
    const error: unknown = await find().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CacheConfigError);
    expect(error).toMatchObject({ message: OUTSIDE });
  });

  it('is not to be had outside of a load, nor from a wrapped function itself', async () => {
    const { cache } = fixture();
    expect(() => loaderContext()).toThrow(OUTSIDE);
    const find = cache.cached(async () => loaderContext().signal, { id: 'find' });
    await expect(find.original()).rejects.toThrow(OUTSIDE);
    await find();
    expect(() => loaderContext()).toThrow(OUTSIDE);
  });

  it('is gone when a loader throws before it returns', async () => {
    const { cache } = fixture();
    const load = (): string => {
      throw new Error('at once');
    };
    await expect(cache.getOrSet('k', load)).rejects.toThrow('at once');
    expect(() => loaderContext()).toThrow(OUTSIDE);
  });

  it('is not that of a hit: callbacks of the policy are called outside of it', async () => {
    const { cache } = fixture();
    const outside: boolean[] = [];
    const note = <T>(value: T): T => {
      try {
        loaderContext();
        outside.push(false);
      } catch {
        outside.push(true);
      }
      return value;
    };
    await cache.getOrSet('k', () => 1, { when: () => note(true), ttl: () => note('1m' as const) });
    expect(outside).toEqual([true, true]);
  });

  it('comes back when a loader has called another function, at hand or not, that has its own', async () => {
    const { cache, clock } = fixture();
    const inner = cache.cached(
      async (id: string) => {
        loaderContext().setTtl('1m');
        return id;
      },
      { id: 'inner' },
    );
    const outer = cache.cached(
      async () => {
        const before = loaderContext();
        const calls = [inner('a'), inner('b'), inner('a')];
        expect(loaderContext()).toBe(before);
        loaderContext().setTtl('2m');
        return (await Promise.all(calls)).join('');
      },
      { id: 'outer' },
    );
    expect(await outer()).toBe('aba');
    await clock.advance(60_000 - 1);
    expect([await outer.peek(), await inner.peek('a')]).toEqual(['aba', 'a']);
    await clock.advance(1);
    expect([await outer.peek(), await inner.peek('a')]).toEqual(['aba', undefined]);
    await clock.advance('1m');
    expect(await outer.peek()).toBeUndefined();
  });

  it('comes back though the other function throws', async () => {
    const { cache } = fixture();
    const failing = cache.cached((): Promise<string> => Promise.reject(new Error('inner')), {
      id: 'failing',
    });
    await cache.getOrSet('k', (context) => {
      failing().catch(() => undefined);
      expect(loaderContext()).toBe(context);
    });
    expect.assertions(1);
  });

  it('works when it is taken apart', async () => {
    const { cache, clock } = fixture();
    const load = async ({ setTtl, tag, skip, notModified, signal, stale }: LoaderContext<string>) => {
      setTtl('1m');
      tag('a', 'b');
      expect(() => notModified()).toThrow(CacheConfigError);
      if (stale) skip();
      return signal.aborted ? 'aborted' : 'loaded';
    };
    await cache.getOrSet('k', load);
    const { createdAt = 0, staleAt = 0, tags = [] } = (await cache.entry('k')) ?? {};
    expect([staleAt - createdAt, [...tags].sort()]).toEqual([60_000, ['a', 'b']]);
    await clock.advance('1m');
    expect(await cache.has('k')).toBe(false);
  });

  it('costs nothing that follows promises: no storage is made or entered', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    const enterWith = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
    const used = async (options: { readonly detectRecursion?: boolean }): Promise<number> => {
      const { cache } = fixture(options);
      run.mockClear();
      const find = cache.cached(async () => loaderContext().signal.aborted, { id: 'find' });
      await find();
      await find();
      await cache.getOrSet('k', ({ signal }) => signal.aborted);
      return run.mock.calls.length + enterWith.mock.calls.length;
    };
    expect(await used({})).toBe(0);
    expect(await used({ detectRecursion: true })).toBeGreaterThan(0);
    jest.restoreAllMocks();
  });
});

describe('the stale value in the context', () => {
  const seen: (LoaderContext<string>['stale'] | 'nothing')[] = [];
  const load = ({ stale }: LoaderContext<string>): string => {
    seen.push(stale ?? 'nothing');
    return 'new';
  };

  beforeEach(() => {
    seen.length = 0;
  });

  it('is not there when nothing was', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', load, { ttl: '1m' });
    await clock.advance('1m');
    await cache.getOrSet('k', load, { ttl: '1m' });
    expect(seen).toEqual(['nothing', 'nothing']);
  });

  it.each([
    ['staleWhileRevalidate', { staleWhileRevalidate: '1h' }, '1m'],
    ['staleIfError', { staleIfError: '1h' }, '1m'],
    ['early refresh', { earlyRefresh: 0.5 }, '30s'],
  ] as const)('is what is to be replaced, with its instants: under %s', async (_rule, options, after) => {
    const { cache, clock } = fixture();
    const createdAt = clock.now();
    await cache.getOrSet('k', () => 'old', { ttl: '1m', ...options });
    await clock.advance(after);
    await cache.getOrSet('k', load, { ttl: '1m', ...options });
    await clock.advance(0);
    expect(seen).toEqual([{ value: 'old', createdAt, staleAt: createdAt + 60_000 }]);
  });

  it('is what an explicit refresh replaces, fresh as it is', async () => {
    const { cache, clock } = fixture();
    const createdAt = clock.now();
    const found: unknown[] = [];
    const find = cache.cached(
      async () => {
        found.push(loaderContext().stale);
        return 'value';
      },
      { id: 'find', ttl: '1h' },
    );
    await find();
    await find.refresh();
    expect(found).toEqual([undefined, { value: 'value', createdAt, staleAt: createdAt + 3_600_000 }]);
  });

  it('is not a value that was deleted or invalidated', async () => {
    const { cache, clock } = fixture();
    const options = { ttl: '1m', staleIfError: '1h', tags: ['t'] } as const;
    await cache.getOrSet('k', () => 'old', options);
    await cache.invalidateTags(['t']);
    await cache.getOrSet('k', load, options);
    await clock.advance('1m');
    await cache.delete('k');
    await cache.getOrSet('k', load, options);
    expect(seen).toEqual(['nothing', 'nothing']);
  });

  it('is found in a slower tier, where that has the later one', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    await a.cache.getOrSet('k', () => 'older', options);
    await fleet.clock.advance('1m');
    await b.cache.getOrSet('k', () => 'newer', options);
    await fleet.clock.advance('1m');
    await a.cache.getOrSet('k', load, options);
    expect(seen).toMatchObject([{ value: 'newer' }]);
  });
});

describe('`setTtl`', () => {
  const lifeOf = async ({ cache }: ReturnType<typeof fixture>): Promise<number> => {
    const { createdAt = 0, staleAt = 0 } = (await cache.entry('k')) ?? {};
    return staleAt - createdAt;
  };

  it.each([
    ['5s', 5000],
    [1500, 1500],
    ['forever', Number.POSITIVE_INFINITY],
    ['profile:short', 10_000],
  ] as const)('has %p hold in place of the ttl of the call', async (ttl, life) => {
    const scene = fixture({ profiles: { short: '10s' } });
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl(ttl), { ttl: '1h' });
    expect(await lifeOf(scene)).toBe(life);
  });

  it('may be called after an `await`, and the last call holds', async () => {
    const scene = fixture();
    const load = async ({ setTtl }: LoaderContext<string>): Promise<string> => {
      setTtl('1m');
      await Promise.resolve();
      setTtl('2m');
      return 'v';
    };
    await scene.cache.getOrSet('k', load, { ttl: () => '1h' });
    expect(await lifeOf(scene)).toBe(120_000);
  });

  it('is shortened by jitter like any ttl', async () => {
    const scene = fixture({ jitter: 0.5, random: () => 0.5 });
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl('1m'));
    expect(await lifeOf(scene)).toBe(45_000);
  });

  it('holds for this load only', async () => {
    const scene = fixture();
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl('1m'), { ttl: '1h' });
    await scene.clock.advance('1m');
    await scene.cache.getOrSet('k', () => undefined, { ttl: '1h' });
    expect(await lifeOf(scene)).toBe(3_600_000);
  });

  it.each([
    [0, 'ttl: 0'],
    [-1, 'ttl: -1'],
    ['soon', "ttl: 'soon'"],
    [undefined, 'ttl: undefined'],
    ['profile:none', "there is no profile 'none'"],
  ])('refuses %p where it is called', async (ttl, message) => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', ({ setTtl }) => {
      expect(() => setTtl(ttl as never)).toThrow(CacheConfigError);
      setTtl(ttl as never);
    });
    await expect(call).rejects.toThrow(message);
    expect(await cache.has('k')).toBe(false);
  });

  it('does not store what `when` refuses', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', ({ setTtl }) => setTtl('1m'), { when: () => false });
    expect(await cache.has('k')).toBe(false);
  });
});

describe('`skip`', () => {
  it('hands the value to all who wait, and stores nothing', async () => {
    const { cache } = fixture();
    const source = gate<string>();
    const load = jest.fn(({ skip }: LoaderContext<string>) => {
      skip();
      return source.promise;
    });
    const calls = [cache.getOrSet('k', load), cache.getOrSet('k', load)];
    source.open('partial');
    expect(await Promise.all(calls)).toEqual(['partial', 'partial']);
    expect(await cache.has('k')).toBe(false);
    await cache.getOrSet('k', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('leaves what is there', async () => {
    const { cache } = fixture();
    const values = ['old', 'partial'];
    const find = cache.cached(
      async () => {
        if (values.length === 1) loaderContext().skip();
        return values.shift();
      },
      { id: 'find' },
    );
    await find();
    expect(await find.refresh()).toBe('partial');
    expect(await find()).toBe('old');
  });

  it('lets the next process load at once', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', ({ skip }) => skip(), { ttl: '1h' });
    await fleet.clock.advance(0);
    expect(await b.cache.getOrSet('k', () => 'b', { ttl: '1h' })).toBe('b');
  });

  it('is for those who waited: whoever comes next loads, though the lease is still being let go', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ ttl: '1h' });
    wire.controls.delay(100, 'release');
    const load = ({ skip }: LoaderContext<string>): string => {
      skip();
      return 'partial';
    };
    expect(await cache.getOrSet('k', load)).toBe('partial');
    const next = cache.getOrSet('k', () => 'whole');
    await fleet.clock.advance(200);
    expect(await next).toBe('whole');
  });

  it('wins over a ttl that was set, before or after', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', ({ skip, setTtl }) => {
      setTtl('1m');
      skip();
      setTtl('2m');
    });
    expect(await cache.has('k')).toBe(false);
  });
});

describe('`notModified`', () => {
  const REVALIDATED = { ttl: '1m', staleIfError: '1h' } as const;

  it('gives the stale value, which is stored anew with a new ttl', async () => {
    const { cache, clock } = fixture();
    const old = { etag: 'x' };
    await cache.getOrSet('k', () => old, REVALIDATED);
    await clock.advance('2m');
    const load = async ({ notModified }: LoaderContext<object>): Promise<object> => {
      await Promise.resolve();
      return notModified();
    };
    expect(await cache.getOrSet('k', load, REVALIDATED)).toBe(old);
    const at = clock.now();
    expect(await cache.entry('k')).toMatchObject({
      value: old,
      createdAt: at,
      staleAt: at + 60_000,
      expiresAt: at + 3_660_000,
    });
  });

  it('renews a value that is reloaded early', async () => {
    const { cache, clock } = fixture();
    const options = { ttl: '1m', earlyRefresh: 0.5 } as const;
    await cache.getOrSet('k', () => 'old', options);
    await clock.advance('59s');
    await cache.getOrSet('k', ({ notModified }) => notModified(), options);
    await clock.advance('59s');
    expect(await cache.get('k')).toBe('old');
  });

  it('takes a new ttl and tags', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', () => 'old', REVALIDATED);
    await clock.advance('1m');
    const load = ({ notModified, setTtl, tag }: LoaderContext<string>): string => {
      setTtl('10m');
      tag('t');
      return notModified();
    };
    await cache.getOrSet('k', load, REVALIDATED);
    await clock.advance('9m');
    expect(await cache.get('k')).toBe('old');
    await cache.invalidateTags(['t']);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('renews the value in a tier of bytes and for other processes', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', () => 'old', REVALIDATED);
    await fleet.clock.advance('2m');
    expect(await b.cache.getOrSet('k', ({ notModified }) => notModified(), REVALIDATED)).toBe('old');
    await fleet.clock.advance(0);
    expect(await a.cache.get('k')).toBe('old');
  });

  it('does not bring back what was deleted during the load', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', () => 'old', REVALIDATED);
    await clock.advance('1m');
    const source = gate<void>();
    const load = async ({ notModified }: LoaderContext<string>): Promise<string> => {
      await source.promise;
      return notModified();
    };
    const call = cache.getOrSet('k', load, REVALIDATED);
    await clock.advance(0);
    await cache.delete('k');
    source.open();
    expect(await call).toBe('old');
    await clock.advance(0);
    expect(await cache.entry('k')).toBeUndefined();
  });

  it('is an error where there is no stale value', async () => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', ({ notModified }) => notModified());
    await expect(call).rejects.toThrow(CacheConfigError);
    await expect(call).rejects.toThrow('notModified: there is no stale value. Allowed: where `stale` is set');
  });
});

it('`stale`, `skip` and `setTtl` are of the load, over a shared tier alone too', async () => {
  const fleet = new Fleet();
  const cache = createCache({ backend: fleet.node().wire, clock: fleet.clock, jitter: 0 });
  const options = { ttl: '1m', staleIfError: '1h' } as const;
  const renewed = ({ setTtl }: LoaderContext<string>): string => {
    setTtl('2m');
    return 'old';
  };
  await cache.getOrSet('k', renewed, options);
  await fleet.clock.advance('119s');
  expect(await cache.get('k')).toBe('old');
  await fleet.clock.advance('1s');
  const load = ({ stale, skip }: LoaderContext<string>): string => {
    skip();
    return `in place of ${stale?.value}`;
  };
  expect(await cache.getOrSet('k', load, options)).toBe('in place of old');
  await fleet.clock.advance(0);
  expect(await cache.entry('k')).toMatchObject({ value: 'old' });
});
