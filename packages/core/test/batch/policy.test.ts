import { CacheConfigError, type CacheResolver, cached, cachedBatch, setCacheResolver } from '@keepsake/core';
import { fixture, warnings } from '../functions/fixture.js';
import { user, users } from './fixture.js';

const fetchUsers = async (ids: readonly string[]) => ids.map(user);

describe('the policy of a batch function', () => {
  it('identifies items by what `key` selects and without what `omit` leaves out', async () => {
    const { cache } = fixture();
    interface Item {
      readonly id: string;
      readonly requestId?: number;
    }
    const asked: (readonly Item[])[] = [];
    const fetchItems = async (items: readonly Item[]) => {
      asked.push(items);
      return items.map(({ id }) => id);
    };
    const byKey = cache.cachedBatch(fetchItems, { id: 'key', key: (item) => item.id });
    const byOmit = cache.cachedBatch(fetchItems, { id: 'omit', omit: ['requestId'] });
    for (const find of [byKey, byOmit]) {
      expect(await find([{ id: 'a', requestId: 1 }, { id: 'a', requestId: 2 }, { id: 'b' }])).toEqual([
        'a',
        'a',
        'b',
      ]);
    }
    expect(asked).toEqual(Array(2).fill([{ id: 'a', requestId: 1 }, { id: 'b' }]));
  });

  it('labels items, and pattern and tag find them', async () => {
    const { cache } = fixture();
    const { find } = users(cache, { scope: (id) => id, tags: (id) => [`user:${id}`] });
    await find(['1', '2', '3']);
    await cache.invalidateTags(['user:1']);
    expect(await cache.deletePattern('users:2:*')).toBe(1);
    expect(await find.peek(['1', '2', '3'])).toEqual([undefined, undefined, user('3')]);
  });

  it('may be a ttl alone', async () => {
    const { cache, clock } = fixture();
    const find = cache.cachedBatch(fetchUsers, '5m');
    await find(['1']);
    await clock.advance('5m');
    expect(await find.peek(['1'])).toEqual([undefined]);
  });

  it('fails for one item where a callback does', async () => {
    const { find } = users(fixture().cache, {
      tags: (id) => {
        if (id === '2') throw new RangeError('no tags');
        return [];
      },
    });
    expect(await find.settled(['1', '2'])).toEqual([
      { status: 'fulfilled', value: user('1') },
      { status: 'rejected', reason: new RangeError('no tags') },
    ]);
  });

  it.each([
    [{ tll: '5m' }, "there is no option 'tll'. Allowed: `ttl`"],
    [{ perInstance: true }, "there is no option 'perInstance'"],
    [{ perInstance: undefined }, "there is no option 'perInstance'"],
    [{ maxBatch: 0 }, 'maxBatch: 0 was given. Allowed: a whole number from 1 on'],
    [{ maxBatch: 1.5 }, 'maxBatch: 1.5 was given'],
    [{ maxBatch: '100' }, "maxBatch: '100' was given"],
    [{ ttl: '5x' }, "ttl: '5x'"],
    [{ staleIfError: '1x' }, "staleIfError: '1x'"],
    [{ key: 'id' }, "key: 'id' was given. Allowed: function"],
    [{ cacheErrors: '1m' }, "cacheErrors: '1m' was given"],
    [{ tags: ['users', ''] }, "tags: '' was given"],
    [{ id: '' }, "id: '' was given"],
    [{ cache: {} }, 'cache: an object was given. Allowed: a Cache'],
    [null, 'null was given'],
    [[], 'an array was given'],
    ['5x', "ttl: '5x'"],
  ])('refuses %j at the definition', (policy, message) => {
    const define = (): unknown =>
      cachedBatch(async function load() {
        return [];
      }, policy as never);
    expect(define).toThrow(CacheConfigError);
    expect(define).toThrow(message);
    expect(define).toThrow('cachedBatch(load)');
  });

  it('names `maxBatch` and not `perInstance` among what is allowed', () => {
    const define = (): unknown => cachedBatch(fetchUsers, { max: 1 } as never);
    expect(define).toThrow(/Allowed: .*`maxBatch`/);
    expect(define).not.toThrow(/Allowed: .*`perInstance`/);
  });

  it('does not change when the object it was given does', async () => {
    const policy = { version: 1, maxBatch: 1 };
    const { cache } = fixture();
    const calls: unknown[] = [];
    const find = cache.cachedBatch(async function load(ids: readonly string[]) {
      calls.push(ids);
      return ids;
    }, policy);
    policy.version = policy.maxBatch = 2;
    await find(['1', '2']);
    expect(calls).toEqual([['1'], ['2']]);
    expect(find.keyOf('1')).toMatch(/^load@1:/);
  });

  it('warns once of a number that looks like seconds', () => {
    const written = warnings();
    cachedBatch(async function manyInSeconds() {
      return [];
    }, 300);
    expect(written).toEqual([
      expect.stringContaining('cachedBatch(manyInSeconds): ttl 300 is 300 milliseconds'),
    ]);
  });

  it('refuses what is no function', () => {
    expect(() => cachedBatch('find' as never, '5m')).toThrow("cachedBatch: 'find' was given");
  });

  it('finds its cache at the first call, and another one after that was closed', async () => {
    const [first, second] = [fixture().cache, fixture().cache];
    let current = first;
    const resolver: CacheResolver = () => current;
    const find = cachedBatch(fetchUsers, { id: 'late', cache: 'any' });
    setCacheResolver(resolver);
    await find(['1']);
    expect(await first.has(find.keyOf('1'))).toBe(true);
    current = second;
    await first.close();
    await find(['1']);
    expect(await second.has(find.keyOf('1'))).toBe(true);
  });
});

describe('the id of a batch function', () => {
  it('is refused to another function, with both places', async () => {
    const { cache } = fixture();
    const [first, second] = [
      cache.cachedBatch(fetchUsers, { id: 'u' }),
      cache.cachedBatch(async (_: readonly string[]) => [], { id: 'u' }),
    ];
    await first(['1']);
    await expect(second(['1'])).rejects.toThrow(/id: 'keepsake:u' names two functions/);
    await expect(second.settled(['1'])).rejects.toThrow(
      /First wrapped at .*policy\.test.*again at .*policy\.test/,
    );
    await expect(
      cachedBatch(async (_: readonly string[]) => [], { id: 'u', cache }).one('1'),
    ).rejects.toThrow(/again at .*policy\.test/);
  });

  it('is refused to the same function wrapped as one that is no batch function, in either order', async () => {
    const { cache } = fixture();
    await cache.cachedBatch(fetchUsers)(['1']);
    await expect(cached(fetchUsers, { cache })(['1'])).rejects.toThrow('names two functions');
    const other = fixture().cache;
    await other.cached(fetchUsers)(['1']);
    await expect(other.cachedBatch(fetchUsers).one('1')).rejects.toThrow('names two functions');
  });

  it('is refused to a function that loads one item', async () => {
    const { cache } = fixture();
    await cache.cached(async (id: string) => user(id), { id: 'u' })('1');
    await expect(cache.cachedBatch(fetchUsers, { id: 'u' })(['1'])).rejects.toThrow('names two functions');
  });

  it('may be used again for the same function, which shares its entries and its loads', async () => {
    const { cache } = fixture();
    const calls: string[] = [];
    const fetch = async (ids: readonly string[]) => {
      calls.push(...ids);
      return ids.map(user);
    };
    const [first, second] = [
      cache.cachedBatch(fetch, { id: 'u' }),
      cache.cachedBatch(fetch, { id: 'u', ttl: '5m' }),
    ];
    await Promise.all([first(['1', '2']), second(['2', '3'])]);
    expect(calls.sort()).toEqual(['1', '2', '3']);
    expect(await second(['1', '2', '3'])).toEqual(['1', '2', '3'].map(user));
    expect(calls).toHaveLength(3);
  });

  it('is refused to the same function with other selectors: their keys could meet', async () => {
    const { cache } = fixture();
    const fetch = async (items: readonly { readonly id: string; readonly other: string }[]) => items;
    await cache.cachedBatch(fetch, { id: 'u', key: ({ id }) => id }).one({ id: 'a', other: 'b' });
    const byOther = cache.cachedBatch(fetch, { id: 'u', key: ({ other }) => other });
    await expect(byOther.one({ id: 'b', other: 'a' })).rejects.toThrow('names two functions');
  });
});
