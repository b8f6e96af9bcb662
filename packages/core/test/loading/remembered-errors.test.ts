import { CacheConfigError, type Ttl } from '@keepsake/core';
import { gate, recorded, unhandledRejections } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { NotFound, REMEMBERED, Unreachable } from './not-found.js';

/** A loader that fails with a new `Failure` each time. */
function failing(Failure: new (message: string) => Error = NotFound): jest.Mock<Promise<string>, []> {
  let loads = 0;
  return jest.fn(async () => {
    loads += 1;
    throw new Failure(`no. ${loads}`);
  });
}

const caught = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

describe('an error that `cacheErrors` gives a ttl', () => {
  it('is thrown again, the same object, until that is over, and the loader is not called', async () => {
    const { cache, clock } = fixture();
    const load = failing();
    const first = await caught(cache.getOrSet('k', load, REMEMBERED));
    expect(first).toBeInstanceOf(NotFound);
    for (const by of [0, 30_000, 29_999]) {
      await clock.advance(by);
      expect(await caught(cache.getOrSet('k', load, REMEMBERED))).toBe(first);
    }
    expect(load).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(await caught(cache.getOrSet('k', load, REMEMBERED))).toMatchObject({ message: 'no. 2' });
  });

  it('is thrown from the tick of the call', async () => {
    const { cache } = fixture();
    await caught(cache.getOrSet('k', failing(), REMEMBERED));
    const call = caught(cache.getOrSet('k', failing(), REMEMBERED));
    expect(await Promise.race([call, Promise.resolve().then(() => 'a later tick')])).toBeInstanceOf(NotFound);
  });

  it('is told as `rethrow`, and counts as a hit', async () => {
    const { cache } = fixture();
    const error = await caught(cache.getOrSet('k', failing(), REMEMBERED));
    const stream = recorded(cache);
    await caught(cache.getOrSet('k', failing(), REMEMBERED));
    expect(stream).toEqual([['rethrow', { path: 'keepsake', key: 'k', error }]]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, loads: 1, loadErrors: 1 });
  });

  it('is not counted from when it is thrown again', async () => {
    const { cache, clock } = fixture();
    const load = failing();
    for (let at = 0; at < 120_000; at += 1000) {
      await caught(cache.getOrSet('k', load, REMEMBERED));
      await clock.advance(1000);
    }
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('may be remembered for ever, or by the name of a profile', async () => {
    const { cache, clock } = fixture({ profiles: { missing: '10s' } });
    const load = failing();
    const forever = { cacheErrors: (): Ttl => 'forever' };
    await caught(cache.getOrSet('k', load, forever));
    await clock.advance('52w');
    await caught(cache.getOrSet('k', load, forever));
    expect(load).toHaveBeenCalledTimes(1);
    const named = { cacheErrors: (): Ttl => 'profile:missing' };
    for (const by of [0, 9999, 1]) {
      await clock.advance(by);
      await caught(cache.getOrSet('l', load, named));
    }
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('is thrown at all who waited for the load, and once loaded at nobody else', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const calls = Array.from({ length: 10 }, () =>
      caught(cache.getOrSet('k', () => source.promise, REMEMBERED)),
    );
    const error = new NotFound('none');
    source.fail(error);
    expect(new Set(await Promise.all(calls))).toEqual(new Set([error]));
    await clock.advance('1m');
    expect(await cache.getOrSet('k', () => 'there', REMEMBERED)).toBe('there');
    expect(await cache.getOrSet('k', failing(), REMEMBERED)).toBe('there');
  });

  it('leaves no unhandled rejection behind', async () => {
    const rejections = unhandledRejections();
    const { cache, clock } = fixture();
    await caught(cache.getOrSet('k', failing(), REMEMBERED));
    await caught(cache.getOrSet('k', failing(), REMEMBERED));
    await clock.advance('2m');
    expect(await rejections.stop()).toEqual([]);
  });

  it('is of one key: others load', async () => {
    const { cache } = fixture();
    await caught(cache.getOrSet('k', failing(), REMEMBERED));
    expect(await cache.getOrSet('l', () => 'there', REMEMBERED)).toBe('there');
    expect(await cache.namespace('other').getOrSet('k', () => 'there', REMEMBERED)).toBe('there');
  });

  it('is no entry: `get`, `has` and `peek` see nothing', async () => {
    const { cache } = fixture();
    const find = cache.cached(failing(), { id: 'find', ...REMEMBERED });
    await caught(find());
    expect([await find.peek(), await cache.has(find.keyOf()), await cache.entry(find.keyOf())]).toEqual([
      undefined,
      false,
      undefined,
    ]);
  });
});

describe('an error that `cacheErrors` gives no ttl', () => {
  it('is not remembered: the next call loads again', async () => {
    const { cache } = fixture();
    const load = failing(Unreachable);
    await caught(cache.getOrSet('k', load, REMEMBERED));
    await caught(cache.getOrSet('k', load, REMEMBERED));
    expect(load).toHaveBeenCalledTimes(2);
  });

  it.each<[string, unknown]>([
    ['0', 0],
    ['a negative number', -1],
    ['NaN', Number.NaN],
    ['no duration', 'soon'],
    ['no profile', 'profile:none'],
    ['a promise', Promise.resolve('1m')],
    ['a promise that rejects', Promise.reject(new Error('refused'))],
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['an object', {}],
  ])('is thrown as it is though what that returned is %s, and that is told', async (_what, returned) => {
    const rejections = unhandledRejections();
    const { cache } = fixture();
    const stream = recorded(cache);
    const options = { cacheErrors: () => returned as Ttl };
    const load = failing();
    expect(await caught(cache.getOrSet('k', load, options))).toMatchObject({ message: 'no. 1' });
    expect(await caught(cache.getOrSet('k', load, options))).toMatchObject({ message: 'no. 2' });
    const told = stream.filter(([type]) => type === 'unstorable');
    const reason = { error: expect.any(CacheConfigError) as unknown };
    expect(told.map(([, event]) => event)).toEqual([
      expect.objectContaining(reason),
      expect.objectContaining(reason),
    ]);
    expect(await rejections.stop()).toEqual([]);
  });

  it('is thrown as it is though `cacheErrors` throws', async () => {
    const { cache } = fixture();
    const stream = recorded(cache);
    const bug = new TypeError('cannot read properties of undefined');
    const options = {
      cacheErrors: (): Ttl => {
        throw bug;
      },
    };
    const load = failing();
    expect(await caught(cache.getOrSet('k', load, options))).toMatchObject({ message: 'no. 1' });
    expect(await caught(cache.getOrSet('k', load, options))).toMatchObject({ message: 'no. 2' });
    expect(stream).toContainEqual(['unstorable', { path: 'keepsake', key: 'k', error: bug }]);
  });
});

describe('`cacheErrors` of a function', () => {
  it('is given the error and the arguments of the call', async () => {
    const { cache, clock } = fixture();
    const given: unknown[][] = [];
    const load = failing();
    const find = cache.cached(async (_id: string, _depth: number) => load(), {
      id: 'find',
      cacheErrors: (error, id, depth) => {
        given.push([error, id, depth]);
        return depth * 1000;
      },
    });
    const error = await caught(find('a', 2));
    expect(given).toEqual([[error, 'a', 2]]);
    await clock.advance(1999);
    expect(await caught(find('a', 2))).toBe(error);
    await clock.advance(1);
    expect(await caught(find('a', 2))).not.toBe(error);
  });

  it.each(['1m', 60_000, {}, null])('has to be a function, not %p', async (given) => {
    const wrong = { cacheErrors: given as never };
    const { cache } = fixture();
    expect(() => cache.cached(async () => 1, wrong)).toThrow(
      /cacheErrors: .* was given\. Allowed: function\./,
    );
    await expect(cache.getOrSet('k', () => 1, wrong)).rejects.toThrow('cacheErrors: ');
  });
});

describe('remembered errors', () => {
  it('are at most 10 000, of which the older half goes first, to be loaded and remembered anew', async () => {
    const { cache } = fixture();
    const load = failing();
    const find = (i: number): Promise<unknown> => caught(cache.getOrSet(`k${i}`, load, REMEMBERED));
    for (let i = 0; i < 10_000; i++) await find(i);
    await find(0);
    expect(load).toHaveBeenCalledTimes(10_000);
    await find(10_000);
    expect(load).toHaveBeenCalledTimes(10_001);
    for (let i = 5001; i <= 10_000; i++) await find(i);
    expect(load).toHaveBeenCalledTimes(10_001);
    for (const gone of [5000, 0, 5000, 0]) await find(gone);
    expect(load).toHaveBeenCalledTimes(10_003);
  });
});
