import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock } from '@keepsake/testing';
import { gate, recorded, unhandledRejections } from './fleet.js';

describe('one load', () => {
  let clock: ManualClock;
  let cache: Cache;

  beforeEach(() => {
    clock = manualClock();
    cache = createCache({ backend: memory({ clock }), clock, ttl: '1h' });
  });

  it('serves a thousand callers of one key', async () => {
    const load = jest.fn(async () => ({ name: 'Ada' }));
    const values = await Promise.all(Array.from({ length: 1000 }, () => cache.getOrSet('k', load)));
    expect(load).toHaveBeenCalledTimes(1);
    expect(new Set(values).size).toBe(1);
    expect(cache.stats()).toMatchObject({ loads: 1, misses: 1, hits: 0, coalesced: 999 });
  });

  it('runs for each of two keys', async () => {
    const load = jest.fn(async () => 1);
    await Promise.all([cache.getOrSet('a', load), cache.getOrSet('b', load)]);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('that fails is reported to all of its callers as it is, runs once, and the next call loads again', async () => {
    const error = new Error('out of stock');
    const load = jest.fn<Promise<number>, []>(() => Promise.reject(error));
    const calls = await Promise.allSettled(Array.from({ length: 50 }, () => cache.getOrSet('k', load)));
    expect(load).toHaveBeenCalledTimes(1);
    for (const call of calls) expect((call as PromiseRejectedResult).reason).toBe(error);
    load.mockResolvedValue(7);
    expect(await cache.getOrSet('k', load)).toBe(7);
    expect(cache.stats()).toMatchObject({ loads: 2, loadErrors: 1, coalesced: 49 });
  });

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('thrown');
      },
      'thrown',
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is the case
    ['rejects with what is no error', () => Promise.reject('text'), undefined],
  ])('that %s rejects with just that', async (_how, load, message) => {
    const caught = await cache.getOrSet('k', load).catch((error: unknown) => error);
    if (message) expect(caught).toMatchObject({ message });
    else expect(caught).toBe('text');
    expect(await cache.has('k')).toBe(false);
  });

  it('leaves no unhandled rejection when nobody waits any more', async () => {
    const rejections = unhandledRejections();
    const call = cache.getOrSet('k', () => Promise.reject(new Error('x')));
    await call.catch(() => undefined);
    expect(await rejections.stop()).toEqual([]);
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['a delete', (cache) => cache.delete('k')],
    ['a delete of many', (cache) => cache.deleteMany(['other', 'k'])],
    ['a set', (cache) => cache.set('k', 'set')],
    [
      'a set of many',
      (cache) =>
        cache.setMany([
          { key: 'k', value: 'set' },
          { key: 'x', value: 1 },
        ]),
    ],
    ['a clear', (cache) => cache.clear()],
    ['an invalidated tag', (cache) => cache.invalidateTags(['t'])],
    ['a pattern', (cache) => cache.deletePattern('k*')],
  ])(
    'is not stored after %s, is not joined any more, and still answers who waited for it',
    async (what, invalidate) => {
      const [old, fresh] = [gate<string>(), gate<string>()];
      const options = { tags: ['t'] };
      const waiting = [
        cache.getOrSet('k', () => old.promise, options),
        cache.getOrSet('k', () => 'never', options),
      ];
      await clock.advance(0);
      await invalidate(cache);
      const expected = what.startsWith('a set') ? 'set' : 'fresh';
      const later = cache.getOrSet('k', () => fresh.promise, options);
      const joined = cache.getOrSet('k', () => 'never', options);
      old.open('old');
      expect(await Promise.all(waiting)).toEqual(['old', 'old']);
      await clock.advance(0);
      expect(await cache.get('k')).toBe(expected === 'set' ? 'set' : undefined);
      fresh.open('fresh');
      expect(await Promise.all([later, joined])).toEqual([expected, expected]);
      await clock.advance(0);
      expect(await cache.get('k')).toBe(expected);
    },
  );

  it('is not joined once it is older than 60 s, and what replaced it is stored', async () => {
    const old = gate<string>();
    const first = cache.getOrSet('k', () => old.promise);
    await clock.advance('60s');
    expect(await cache.getOrSet('k', () => 'second')).toBe('second');
    expect(await first).toBe('second');
    old.open('first');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('second');
  });

  it('is loaded anew, once, for those who joined it when it is older than 60 s', async () => {
    const first = cache.getOrSet('k', () => new Promise<string>(() => undefined));
    await clock.advance('10s');
    let loads = 0;
    const again = async (): Promise<string> => {
      loads += 1;
      return `again ${loads}`;
    };
    const joined = [cache.getOrSet('k', again), cache.getOrSet('k', again)];
    await clock.advance('49999ms');
    expect(loads).toBe(0);
    await clock.advance(1);
    expect(await Promise.all(joined)).toEqual(['again 1', 'again 1']);
    expect(await first).toBe('again 1');
  });

  it('that settles after all gives its value to those who load anew', async () => {
    const old = gate<string>();
    const first = cache.getOrSet('k', () => old.promise);
    const joined = cache.getOrSet('k', () => new Promise<string>(() => undefined));
    await clock.advance('61s');
    old.open('late');
    expect(await Promise.all([first, joined])).toEqual(['late', 'late']);
  });

  it('that is stuck is out of the way as soon as its key is deleted', async () => {
    void cache.getOrSet('k', () => new Promise(() => undefined));
    await clock.advance(0);
    await cache.delete('k');
    expect(await cache.getOrSet('k', () => 'again')).toBe('again');
  });

  it('may ask for other keys, and reaches its own limit rather than wait for itself for ever', async () => {
    const value = await cache.getOrSet('a', () => cache.getOrSet('b', () => 'b'));
    expect(value).toBe('b');
  });

  it('is not stored where `when` says no, and its value is returned', async () => {
    const load = jest.fn(async () => [] as number[]);
    const options = { when: (value: number[]) => value.length > 0 };
    expect(await cache.getOrSet('k', load, options)).toEqual([]);
    expect(await cache.getOrSet('k', load, options)).toEqual([]);
    expect(load).toHaveBeenCalledTimes(2);
    expect(await cache.has('k')).toBe(false);
  });

  it.each([
    [
      'ttl',
      {
        ttl: () => {
          throw new Error('no ttl');
        },
      },
      'no ttl',
    ],
    ['ttl', { ttl: () => -1 }, 'ttl: -1'],
    [
      'when',
      {
        when: () => {
          throw new Error('no when');
        },
      },
      'no when',
    ],
  ])(
    'returns its value although `%s` fails, and says that it was not stored',
    async (_option, options, message) => {
      const stream = recorded(cache);
      expect(await cache.getOrSet('k', () => 'v', options)).toBe('v');
      await clock.advance(0);
      expect(stream).toContainEqual([
        'unstorable',
        {
          path: 'keepsake',
          key: 'k',
          error: expect.objectContaining({ message: expect.stringContaining(message) }),
        },
      ]);
      expect(await cache.has('k')).toBe(false);
    },
  );
});
