import { CacheKeyError, type CacheResolver, cached, createCache, setCacheResolver } from '@keepsake/core';
import { sharedMemory } from '@keepsake/testing';
import { deferred, fixture } from './fixture.js';

describe('cached', () => {
  it('loads once for equal arguments and again for others', async () => {
    const { cache } = fixture();
    const calls: unknown[] = [];
    const find = cache.cached(async function find(query: { id: string; depth?: number }) {
      calls.push(query);
      return `${query.id}/${query.depth}`;
    });
    expect(await find({ id: 'a', depth: 1 })).toBe('a/1');
    expect(await find({ depth: 1, id: 'a' })).toBe('a/1');
    expect(await find({ id: 'a', depth: 2 })).toBe('a/2');
    expect(calls).toHaveLength(2);
  });

  it('loads again when the ttl has passed', async () => {
    const { cache, clock } = fixture();
    let loads = 0;
    const count = cache.cached(async function count() {
      loads += 1;
      return loads;
    }, '5m');
    await count();
    await clock.advance('299s');
    expect(await count()).toBe(1);
    await clock.advance('1s');
    expect(await count()).toBe(2);
  });

  it.each([[null], [undefined], [false], [0], ['']])('caches %p like any value', async (value) => {
    const { cache } = fixture();
    let loads = 0;
    const load = cache.cached(async function load() {
      loads += 1;
      return value;
    });
    expect(await load()).toBe(value);
    expect(await load()).toBe(value);
    expect(loads).toBe(1);
  });

  it('runs one load for a thousand callers', async () => {
    const { cache } = fixture();
    const { promise, resolve } = deferred<string>();
    let loads = 0;
    const load = cache.cached(async function load(_id: string) {
      loads += 1;
      return promise;
    });
    const callers = Array.from({ length: 1000 }, () => load('42'));
    resolve('one');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['one']));
    expect(loads).toBe(1);
    expect(cache.stats()).toMatchObject({ loads: 1, coalesced: 999 });
  });

  it("hands the loader's own error to all of its callers, and loads again at the next call", async () => {
    const { cache } = fixture();
    const error = new TypeError('no such user');
    let loads = 0;
    const load = cache.cached(async function load() {
      loads += 1;
      if (loads === 1) throw error;
      return 'found';
    });
    const settled = await Promise.allSettled(Array.from({ length: 50 }, () => load()));
    expect(settled.every((each) => each.status === 'rejected' && each.reason === error)).toBe(true);
    expect(loads).toBe(1);
    expect(await load()).toBe('found');
  });

  // A flight is still joined for two microtasks after it has told its callers: `Flights.start`.
  it('loads again at the call right after a failure', async () => {
    const { cache } = fixture();
    let loads = 0;
    const load = cache.cached(async function load() {
      loads += 1;
      throw new Error(`no. ${loads}`);
    });
    await expect(load()).rejects.toThrow('no. 1');
    await load().catch(() => load().catch(() => undefined));
    expect(loads).toBe(3);
  });

  it('turns what a function throws at once into a rejection', async () => {
    const { cache } = fixture();
    const load = cache.cached(function load(): Promise<string> {
      throw new RangeError('at once');
    });
    await expect(load()).rejects.toThrow(RangeError);
  });

  it('refuses arguments that cannot identify a call, before the load and as a rejection', async () => {
    const { cache } = fixture();
    let loads = 0;
    const load = cache.cached(async function load(_: unknown) {
      loads += 1;
    });
    await expect(load({ filter: () => true })).rejects.toThrow(CacheKeyError);
    await expect(load({ filter: () => true })).rejects.toThrow(/filter/);
    expect(() => load.keyOf(Symbol('s'))).toThrow(CacheKeyError);
    expect(loads).toBe(0);
  });

  it('loads in the tick of the call, so that nobody can change the arguments before', async () => {
    const { cache } = fixture();
    const load = cache.cached(async function load(query: { id: string }) {
      return `user ${query.id}`;
    });
    const query = { id: 'a' };
    const first = load(query);
    query.id = 'b';
    expect(await first).toBe('user a');
    expect(await load({ id: 'a' })).toBe('user a');
    expect(await load(query)).toBe('user b');
  });

  it('refuses to load for arguments that were changed while a slower tier was asked', async () => {
    const travel = async <T>(_operation: string, _key: string | undefined, work: () => T): Promise<T> =>
      work();
    const cache = createCache({ backend: sharedMemory().connect({ travel }), ttl: '1h' });
    const loaded: unknown[] = [];
    const load = cache.cached(
      async function loadSlowly(query: { id: string }) {
        loaded.push(query.id);
        return `user ${query.id}`;
      },
      { id: 'load' },
    );
    const query = { id: 'a' };
    const first = load(query);
    query.id = 'b';
    await expect(first).rejects.toThrow(CacheKeyError);
    expect(loaded).toEqual([]);
    expect(await load({ id: 'a' })).toBe('user a');
  });

  it('lets a function fill in its own arguments', async () => {
    const { cache } = fixture();
    let loads = 0;
    const load = cache.cached(async function load(options: { page?: number }) {
      loads += 1;
      options.page ??= 1;
      return options.page;
    });
    expect(await load({})).toBe(1);
    expect(await load({})).toBe(1);
    expect(loads).toBe(1);
  });

  it('keeps `this`', async () => {
    const { cache } = fixture();
    const service = {
      prefix: 'user ',
      find: cache.cached(async function find(this: { prefix: string }, id: string) {
        return this.prefix + id;
      }),
    };
    expect(await service.find('42')).toBe('user 42');
  });

  it('keeps the name, the length and the properties of the function', () => {
    const { cache } = fixture();
    const original = Object.assign(async function fetchUser(_id: string, _depth: number) {}, {
      role: 'admin',
    });
    const wrapped = cache.cached(original);
    expect([wrapped.name, wrapped.length, wrapped.role]).toEqual(['fetchUser', 2, 'admin']);
    expect(wrapped.original).toBe(original);
    expect(original).not.toHaveProperty('keyOf');
  });

  it('wraps a wrapped function in another cache', async () => {
    const [far, near] = [fixture().cache, fixture().cache];
    let loads = 0;
    const load = near.cached(
      far.cached(async function load() {
        loads += 1;
        return loads;
      }),
    );
    await load();
    await load.delete();
    expect(await load()).toBe(1);
  });

  it('finds its cache at the first call, so that configuration may come later', async () => {
    const { cache } = fixture();
    const resolver: CacheResolver = (name) => (name === 'llm' ? cache : fixture().cache);
    const load = cached(async () => 'summary', { id: 'summarise', cache: 'llm' });
    setCacheResolver(resolver);
    await load();
    expect(await cache.has(load.keyOf())).toBe(true);
  });

  it('asks again for its cache when there was none at the first call', async () => {
    const { cache } = fixture();
    const load = cached(async () => 'late', { id: 'late' });
    setCacheResolver(() => {
      throw new Error('not configured yet');
    });
    await expect(load()).rejects.toThrow('not configured yet');
    setCacheResolver(() => cache);
    expect(await load()).toBe('late');
  });

  it('refuses what is no function', () => {
    expect(() => cached('find' as never, '5m')).toThrow("cached: 'find' was given");
  });
});
