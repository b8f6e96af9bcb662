import { AsyncLocalStorage } from 'node:async_hooks';
import { CacheConfigError, type LoaderContext, loaderContext } from '@keepsake/core';
import { Fleet } from '../cache/fleet.js';
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
