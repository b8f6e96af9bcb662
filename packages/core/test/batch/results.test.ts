import { CacheConfigError, CacheKeyError } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

const failure = new TypeError('row 2 is broken');

describe('a call for many items', () => {
  it('gives one value per item asked for, in their order, and asks the source for equal ones once', async () => {
    const { find, source } = users(fixture().cache);
    expect(await find(['2', '1', '2'])).toEqual([user('2'), user('1'), user('2')]);
    expect(source.calls).toEqual([['2', '1']]);
  });

  it('asks the source only for what the cache lacks', async () => {
    const { find, source } = users(fixture().cache);
    await find(['1', '3']);
    expect(await find(['1', '2', '3', '4'])).toEqual(['1', '2', '3', '4'].map(user));
    expect(source.calls).toEqual([
      ['1', '3'],
      ['2', '4'],
    ]);
  });

  it('asks for nothing where nothing is wanted', async () => {
    const { find, source } = users(fixture().cache);
    expect(await find([])).toEqual([]);
    expect(await find.settled([])).toEqual([]);
    expect(source.calls).toEqual([]);
  });

  it('answers hits before the end of the tick, while others wait for it', async () => {
    const { find, source } = users(fixture().cache);
    await find(['1', '2']);
    let answered = false;
    void find(['2', '1']).then(() => {
      answered = true;
    });
    for (let job = 0; job < 8; job++) await Promise.resolve();
    expect(answered).toBe(true);
    expect(source.calls).toHaveLength(1);
  });

  it('takes equal objects for one item, and each for itself what differs', async () => {
    const { cache } = fixture();
    const asked: (readonly object[])[] = [];
    const find = cache.cachedBatch(async function fetchTexts(
      items: readonly { readonly id: number; readonly locale?: string }[],
    ) {
      asked.push(items);
      return items.map(({ id, locale }) => `${id} ${locale ?? '-'}`);
    });
    const items = [{ id: 1, locale: 'de' }, { locale: 'de', id: 1 }, { id: 1 }];
    expect(await find(items)).toEqual(['1 de', '1 de', '1 -']);
    expect(asked).toEqual([[{ id: 1, locale: 'de' }, { id: 1 }]]);
    expect(await find.one({ id: 1 })).toBe('1 -');
    expect(asked).toHaveLength(1);
  });

  it('finds items that are objects in a Map by the very objects that were handed over', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchTexts(items: readonly { readonly id: number }[]) {
      return new Map(items.map((item) => [item, item.id * 2]));
    });
    expect(await find([{ id: 1 }, { id: 2 }, { id: 1 }])).toEqual([2, 4, 2]);
  });

  it('hands the function a list of its own, which it may change', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchNumbers(ids: number[]) {
      const found = ids.map((id) => id * 2);
      ids.length = 0;
      return found;
    });
    const wanted = [1, 2];
    expect(await find(wanted)).toEqual([2, 4]);
    expect(wanted).toEqual([1, 2]);
  });

  it('refuses what is no list, before the function is called', async () => {
    const { find, source } = users(fixture().cache);
    for (const call of [find, find.settled, find.refresh, find.peek]) {
      await expect(call('12' as never)).rejects.toThrow(CacheKeyError);
      await expect(call('12' as never)).rejects.toThrow("'12' was given. Allowed: an array of items");
    }
    expect(source.calls).toEqual([]);
  });

  it('refuses an item that nothing can identify, and loads the others', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchAny(items: readonly unknown[]) {
      return items.map(() => 'found');
    });
    const [first, second, hole] = await find.settled([() => 1, 'a', ...Array(1)]);
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(CacheKeyError) });
    expect([second, hole]).toEqual(Array(2).fill({ status: 'fulfilled', value: 'found' }));
    await expect(find(['a', () => 1])).rejects.toThrow(CacheKeyError);
  });
});

describe('an item that the source does not have', () => {
  it.each([
    [
      'has an empty place in the array',
      async (ids: readonly string[]) => ids.map((id) => (id === '1' ? 'one' : undefined)),
    ],
    ['is not in the Map', async () => new Map([['1', 'one']])],
    [
      'is undefined in the Map',
      async () =>
        new Map([
          ['1', 'one'],
          ['2', undefined],
        ] as const),
    ],
  ])('%s, is undefined, and is cached like any value', async (_how, fetch) => {
    const { cache } = fixture();
    const calls: unknown[] = [];
    const find = cache.cachedBatch(
      async (ids: readonly string[]) => {
        calls.push(ids);
        return fetch(ids);
      },
      { id: 'names' },
    );
    expect(await find(['1', '2'])).toEqual(['one', undefined]);
    expect(await find(['2', '1'])).toEqual([undefined, 'one']);
    expect(calls).toHaveLength(1);
    expect(await find.delete('2')).toBe(1);
  });

  it('is seen by `ttl` and `when`', async () => {
    const { cache, clock } = fixture();
    const seen: unknown[] = [];
    const { find, source } = users(cache, {
      ttl: (found) => (found ? '1h' : '10s'),
      when: (found, id) => {
        seen.push([found?.name, id]);
        return id !== 'never';
      },
    });
    for (const id of ['gone', 'never']) source.places.set(id, undefined);
    await find(['1', 'gone', 'never']);
    await find(['1', 'gone', 'never']);
    await clock.advance('10s');
    await find(['1', 'gone']);
    expect(source.calls).toEqual([['1', 'gone', 'never'], ['never'], ['gone']]);
    expect(seen.slice(0, 3)).toEqual([
      ['user 1', '1'],
      [undefined, 'gone'],
      [undefined, 'never'],
    ]);
  });
});

describe('an error in the place of an item', () => {
  it('is that of the item alone: the others are there, and cached', async () => {
    const { find, source } = users(fixture().cache);
    source.places.set('2', failure);
    expect(await find.settled(['1', '2', '2', '3'])).toEqual([
      { status: 'fulfilled', value: user('1') },
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: user('3') },
    ]);
    source.places.delete('2');
    expect(await find(['1', '2', '3'])).toEqual(['1', '2', '3'].map(user));
    expect(source.calls).toEqual([['1', '2', '3'], ['2']]);
  });

  it('rejects the call with the first one by order, once all others are settled', async () => {
    const { cache } = fixture();
    const other = new Error('row 3 is broken too');
    const { find, source } = users(cache, { maxBatch: 1 });
    let open = (): void => undefined;
    source.wait = new Promise<void>((resolve) => {
      open = resolve;
    });
    source.places.set('2', failure);
    source.places.set('3', other);
    let settled = false;
    const call = find(['1', '2', '3']).finally(() => {
      settled = true;
    });
    call.catch(() => undefined);
    const early = find.settled(['1']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.calls).toHaveLength(3);
    expect(settled).toBe(false);
    open();
    await expect(call).rejects.toBe(failure);
    await early;
    expect(await find.peek(['1'])).toEqual([user('1')]);
  });

  it('is one in a Map too, and one of another realm', async () => {
    const { cache } = fixture();
    const { runInNewContext } = await import('node:vm');
    const foreign: Error = runInNewContext("new Error('from elsewhere')");
    const find = cache.cachedBatch(async function fetchAny(_: readonly number[]) {
      return new Map<number, Error | string>([
        [1, failure],
        [2, foreign],
        [3, 'three'],
      ]);
    });
    expect(await find.settled([1, 2, 3])).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: foreign },
      { status: 'fulfilled', value: 'three' },
    ]);
  });
});

describe('a batch that fails', () => {
  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(failure)],
    [
      'throws',
      () => {
        throw failure;
      },
    ],
  ])(
    'fails every item of it when the function %s, and is loaded again at the next call',
    async (_how, fail) => {
      const { cache } = fixture();
      let calls = 0;
      const find = cache.cachedBatch(
        (ids: readonly string[]) => {
          calls += 1;
          return calls === 1 ? fail() : Promise.resolve(ids.map(user));
        },
        { id: 'users' },
      );
      const settled = await find.settled(['1', '2']);
      expect(settled).toEqual(Array(2).fill({ status: 'rejected', reason: failure }));
      expect(await find(['1', '2'])).toEqual(['1', '2'].map(user));
    },
  );

  it('does not fail the items of another batch', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(
      async (ids: readonly string[]) => {
        if (ids.includes('bad')) throw failure;
        return ids.map(user);
      },
      { id: 'users', maxBatch: 2 },
    );
    expect((await find.settled(['1', '2', 'bad', '4'])).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  it.each<[unknown, string]>([
    [['one'], 'an array of 1 for 2 items'],
    [['one', 'two', 'three'], 'an array of 3 for 2 items'],
    [undefined, 'undefined'],
    [{ 1: 'one' }, 'an object'],
    ['12', "'12'"],
    [new Set(['1', '2']), 'an object'],
  ])('refuses %j as its result, by name', async (returned, shown) => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchBadly(_: readonly string[]) {
      return returned as readonly string[];
    });
    const [first, second] = await find.settled(['1', '2']);
    for (const each of [first, second]) {
      expect(each).toMatchObject({ status: 'rejected', reason: expect.any(CacheConfigError) });
      expect(each).toMatchObject({
        reason: {
          message: expect.stringContaining(`cachedBatch(fetchBadly): its function returned ${shown}.`),
        },
      });
    }
    expect(await find.delete('1', '2')).toBe(0);
  });
});

describe('a Map as the result', () => {
  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['numbers for texts', ['1', '2'], [1, 2]],
    ['texts for numbers', [1, 2], ['1', '2']],
    ['objects that were made anew', [{ id: 1 }], [{ id: 1 }]],
    ['what the objects are of', [{ id: 1 }], [1]],
  ])('is refused where its keys cannot be the items: %s', async (_what, items, keys) => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchByOther(_: readonly unknown[]) {
      return new Map(keys.map((key) => [key, 'found']));
    });
    await expect(find(items)).rejects.toThrow(CacheConfigError);
    await expect(find(items)).rejects.toThrow(
      'cachedBatch(fetchByOther): its function returned a Map of which no key',
    );
    expect(await find.delete(...items)).toBe(0);
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    ['nothing', []],
    ['other items only', [['3', 'three']]],
    [
      'more than was asked for',
      [
        ['1', 'one'],
        ['3', 'three'],
      ],
    ],
  ])('may have %s', async (_what, entries) => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async function fetchTable(_: readonly string[]) {
      return new Map(entries);
    });
    expect(await find(['1', '2'])).toEqual([entries.length === 2 ? 'one' : undefined, undefined]);
    expect(await find.delete('1', '2', '3')).toBe(2);
  });
});

describe('an item that its caller changes', () => {
  it('before its load is refused, and the others are loaded', async () => {
    const { cache } = fixture();
    const loaded: unknown[] = [];
    const find = cache.cachedBatch(async function fetchById(items: readonly { readonly id: string }[]) {
      loaded.push(structuredClone(items));
      return items.map(({ id }) => user(id));
    });
    const [changed, kept] = [{ id: 'a' }, { id: 'b' }];
    const call = find.settled([changed, kept]);
    changed.id = 'c';
    expect(await call).toMatchObject([
      { status: 'rejected', reason: expect.any(CacheKeyError) },
      { status: 'fulfilled', value: user('b') },
    ]);
    expect(loaded).toEqual([[{ id: 'b' }]]);
    expect(await find.one({ id: 'a' })).toEqual(user('a'));
  });

  it('during its load is stored under what it was', async () => {
    const { cache } = fixture();
    const item = { id: 'a' };
    const find = cache.cachedBatch(async function fetchById(items: readonly { readonly id: string }[]) {
      const found = items.map(({ id }) => user(id));
      item.id = 'b';
      return found;
    });
    expect(await find.one(item)).toEqual(user('a'));
    expect(await find.peek([{ id: 'a' }, { id: 'b' }])).toEqual([user('a'), undefined]);
  });
});
