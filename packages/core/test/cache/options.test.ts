import { type CacheOptions, createCache, type Duration, localBus, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';

const clock = manualClock();
const refusal = (...words: readonly string[]) =>
  expect.objectContaining({
    name: 'CacheConfigError',
    code: 'CACHE_CONFIG',
    message: expect.stringMatching(new RegExp(words.map((word) => `(?=[^]*${word})`).join(''))),
  });

describe('createCache', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['an unknown option', { backend: memory(), tll: '5m' }, ["'tll'", 'Allowed', '`ttl`']],
    ['no options', undefined, ['createCache', 'undefined']],
    ['a bad ttl', { backend: memory(), ttl: 'soon' }, ['ttl', "'soon'", "'5m'"]],
    ['a bad timeout', { backend: memory(), timeout: -1 }, ['timeout', '-1']],
    ['a bad profile', { backend: memory(), profiles: { short: 0 } }, ['profiles.short', '0']],
    ['a namespace that is no text', { backend: memory(), namespace: 7 }, ['namespace', '7']],
    ['an empty namespace', { backend: memory(), namespace: '' }, ['namespace']],
    [
      'a wrong duplicateIds',
      { backend: memory(), duplicateIds: 'merge' },
      ['duplicateIds', "'merge'", "'refuse'"],
    ],
    ['a bus that is none', { backend: memory(), bus: {} }, ['bus', 'publish', 'subscribe']],
    ['a bus by a flag', { backend: memory(), bus: true }, ['bus', 'true', 'a Bus', 'or false']],
    [
      'a hub as a bus',
      { backend: memory(), bus: localBus() },
      ['a Bus', 'of a localBus\\(\\): its connect\\(\\)', 'or false'],
    ],
    ['a clock that is none', { backend: memory(), clock: {} }, ['clock', 'now', 'after']],
    ['no backend', {}, ['backend', 'undefined', 'get\\(\\)', 'memory\\(\\)']],
    ['null as a backend', { backend: null }, ['backend', 'null']],
    ['a Map as a backend', { backend: new Map() }, ['backend', 'lacks keys\\(\\)|lacks']],
    [
      'half a backend',
      { backend: { name: 'x', get() {}, set() {} } },
      ['lacks delete\\(\\), clear\\(\\), keys\\(\\)'],
    ],
    ['a backend without a name', { backend: { ...methods() } }, ['backend', 'name']],
    ['half a backend as a tier', { backend: { backend: { name: 'x' } } }, ['lacks get\\(\\)']],
    ['an unknown option of a tier', { backend: { backend: memory(), maxTTL: 5 } }, ['maxTTL', 'maxTtl']],
    ['a bad maxTtl', { backend: { backend: memory(), maxTtl: -5 } }, ['maxTtl', '-5']],
  ])('refuses %s, and says what is allowed', (_what, options, words) => {
    expect(() => createCache(options as CacheOptions)).toThrow(refusal(...words));
  });

  it.each<[string, unknown, readonly string[]]>([
    ['no tiers', [], ['tiered', 'no tiers']],
    ['half a backend among its tiers', [memory(), { name: 'x', get() {} }], ['lacks set\\(\\)']],
    ['undefined among its tiers', [memory(), undefined], ['undefined']],
    ['a bad maxTtl', [{ backend: memory(), maxTtl: Number.NaN }], ['maxTtl', 'NaN']],
  ])('has tiered refuse %s', (_what, tiers, words) => {
    expect(() => tiered(tiers as never)).toThrow(refusal(...words));
  });

  it('never shows what it was given as a secret would be shown', () => {
    const canary = `redis://user:${'hunter2'.repeat(10)}@host`;
    expect(() => createCache({ backend: canary } as never)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});

function methods(): object {
  const nothing = (): undefined => undefined;
  return { get: nothing, set: nothing, delete: nothing, clear: nothing, keys: () => [] };
}

describe('the options of a call', () => {
  const cache = createCache({ backend: memory({ clock }), clock, ttl: '1h' });
  const bad = <T>(options: T): never => options as never;

  it.each<[string, () => Promise<unknown>, readonly string[]]>([
    ['set', () => cache.set('k', 1, bad({ tll: 1 })), ['set', "'tll'"]],
    ['set', () => cache.set('k', 1, bad({ if: 'maybe' })), ['if', "'maybe'", "'absent'"]],
    ['set', () => cache.set('k', 1, bad('5m')), ['set', "'5m'"]],
    ['set', () => cache.set('k', 1, { tags: bad('team:7') }), ['tags', "'team:7'"]],
    ['set', () => cache.set('k', 1, { tags: [''] }), ['tags']],
    ['set', () => cache.set('k', 1, { tags: ['\0x'] }), ['tags']],
    ['set', () => cache.set('k', 1, { tags: bad([42]) }), ['tags', '42']],
    ['setMany', () => cache.setMany([bad({ key: 'k', value: 1, tll: 1 })]), ['setMany', "'tll'"]],
    ['setMany', () => cache.setMany([{ key: 'k', value: 1, ttl: -1 }]), ['ttl', '-1']],
    ['getOrSet', () => cache.getOrSet('k', () => 1, bad({ tll: 1 })), ['getOrSet', "'tll'"]],
    ['getOrSet', () => cache.getOrSet('k', bad('value')), ['loader', "'value'"]],
    ['getOrSet', () => cache.getOrSet('k', () => 1, { when: bad(true) }), ['when', 'true']],
    ['getOrSet', () => cache.getOrSet('k', () => 1, { tags: bad('t') }), ['tags']],
    ['touch', () => cache.touch('k', 0), ['ttl', '0']],
    ['increment', () => cache.increment('k', 1, bad({ tll: 1 })), ['increment', "'tll'"]],
    ['increment', () => cache.increment('k', Number.NaN), ['increment', 'NaN']],
    ['increment', () => cache.increment('k', 0.5), ['increment', '0.5']],
    ['increment', () => cache.increment('k', 1, { ttl: -1 }), ['ttl', '-1']],
    ['delete', () => cache.delete('k', bad({ strikt: true })), ['delete', "'strikt'"]],
    ['deleteMany', () => cache.deleteMany(['k'], bad({ strikt: true })), ['delete', "'strikt'"]],
    ['clear', () => cache.clear(bad({ strikt: true })), ['clear', "'strikt'"]],
    [
      'invalidateTags',
      () => cache.invalidateTags(['t'], bad({ strikt: true })),
      ['invalidateTags', "'strikt'"],
    ],
    ['invalidateTags', () => cache.invalidateTags(bad('team:7')), ['tags', "'team:7'"]],
    ['invalidateTags', () => cache.invalidateTags(['']), ['tags']],
  ])('%s refuses what it does not know', async (_method, call, words) => {
    await expect(call()).rejects.toEqual(refusal(...words));
  });

  it.each<[string, () => Promise<unknown>, readonly string[]]>([
    ['getMany', () => cache.getMany(bad('abc')), ['getMany', "'abc'", 'an array of keys']],
    ['getMany', () => cache.getMany(bad(undefined)), ['getMany', 'undefined', 'an array of keys']],
    ['deleteMany', () => cache.deleteMany(bad('abc')), ['deleteMany', "'abc'", 'an array of keys']],
    ['setMany', () => cache.setMany(bad({})), ['setMany', 'an object', 'an array of { key, value }']],
    ['setMany', () => cache.setMany([bad({ key: 'a' })]), ['setMany', "'a'", 'no `value`']],
  ])('%s refuses what is no list of its own', async (_method, call, words) => {
    await expect(call()).rejects.toEqual(refusal(...words));
  });

  it('stores nothing of a list in which a value is missing, and undefined where that is the value', async () => {
    await expect(cache.setMany([{ key: 'b', value: 1 }, bad({ key: 'a' })])).rejects.toThrow();
    expect(await cache.has('b')).toBe(false);
    await cache.setMany([{ key: 'a', value: undefined }]);
    expect(await cache.has('a')).toBe(true);
  });

  const find = cache.cached(async (id: string) => id, { id: 'find', ttl: '1h' });
  const each = cache.cachedBatch(async (ids: readonly string[]) => [...ids], { id: 'each', ttl: '1h' });
  const notAFlag = bad({ strict: 'yes' });

  it.each<[string, () => Promise<unknown>]>([
    ['delete', () => cache.delete('k', notAFlag)],
    ['deleteMany', () => cache.deleteMany(['k'], notAFlag)],
    ['deleteMany of nothing', () => cache.deleteMany([], notAFlag)],
    ['deletePattern', () => cache.deletePattern('k*', notAFlag)],
    ['markStale', () => cache.markStale('k', notAFlag)],
    ['invalidateTags', () => cache.invalidateTags(['t'], notAFlag)],
    ['clear', () => cache.clear(notAFlag)],
    ['clear of a function', () => find.clear(notAFlag)],
    ['clear of a batch function', () => each.clear(notAFlag)],
  ])('%s refuses a strict that is no flag, and removes nothing', async (_method, call) => {
    await cache.set('k', 1, { tags: ['t'] });
    await expect(call()).rejects.toEqual(refusal('strict', "'yes'", 'boolean'));
    expect(await cache.get('k')).toBe(1);
  });

  it.each([[undefined], [42], [null], [{}], [Symbol('k')]])('refuses %p as a key', async (key) => {
    const error = { code: 'CACHE_KEY' };
    const wrong = key as unknown as string;
    await expect(cache.get(wrong)).rejects.toMatchObject(error);
    await expect(cache.set(wrong, 1)).rejects.toMatchObject(error);
    await expect(cache.getOrSet(wrong, () => 1)).rejects.toMatchObject(error);
    await expect(cache.delete(wrong)).rejects.toMatchObject(error);
    await expect(cache.getMany([wrong])).rejects.toMatchObject(error);
    await expect(cache.setMany([{ key: wrong, value: 1 }])).rejects.toMatchObject(error);
    await expect(cache.increment(wrong)).rejects.toMatchObject(error);
    await expect(cache.touch(wrong, 1)).rejects.toMatchObject(error);
    await expect(cache.entry(wrong)).rejects.toMatchObject(error);
  });

  it('refuses a listener that is none', () => {
    expect(() => cache.on('hit', bad('log'))).toThrow(refusal('listener'));
  });
});

describe('ttl', () => {
  const open = (options: Partial<CacheOptions> = {}) =>
    createCache({ backend: memory({ clock }), clock, jitter: 0, ...options });
  const life = async (options: Partial<CacheOptions>, given: object): Promise<number | undefined> => {
    const cache = open(options);
    await cache.set('k', 1, given);
    const entry = await cache.entry('k');
    return entry && entry.expiresAt - entry.createdAt;
  };

  it("is the call's, else the cache's, else for ever", async () => {
    expect(await life({ ttl: '1h' }, { ttl: '5m' })).toBe(300_000);
    expect(await life({ ttl: '1h' }, {})).toBe(3_600_000);
    expect(await life({}, {})).toBe(Number.POSITIVE_INFINITY);
    expect(await life({ ttl: '1h' }, { ttl: 'forever' })).toBe(Number.POSITIVE_INFINITY);
    expect(await life({ profiles: { short: '2s' } }, { ttl: 'profile:short' })).toBe(2000);
    expect(await life({ profiles: { short: '2s' }, ttl: 'profile:short' }, {})).toBe(2000);
  });

  it('may depend on the value that was loaded', async () => {
    const cache = open({ ttl: '1h' });
    await cache.getOrSet('k', () => ({ secs: 7 }), { ttl: (value) => value.secs * 1000 });
    const entry = await cache.entry('k');
    expect((entry?.expiresAt ?? 0) - (entry?.createdAt ?? 0)).toBe(7000);
  });

  it('must be said somewhere for getOrSet, and the loader does not run otherwise', async () => {
    const load = jest.fn(() => 1);
    await expect(open().getOrSet('k', load)).rejects.toEqual(refusal('ttl', 'Allowed'));
    expect(load).not.toHaveBeenCalled();
  });

  it.each<[unknown]>([
    [0],
    [-1],
    [Number.NaN],
    [''],
    ['5 m'],
    ['m'],
    ['-5m'],
    ['0s'],
    [null],
    [true],
    ['5y'],
    [{}],
  ])('refuses %p, names the option, and stores nothing', async (ttl) => {
    const cache = open();
    const load = jest.fn(() => 1);
    await expect(cache.set('k', 1, { ttl: ttl as Duration })).rejects.toEqual(refusal('ttl', 'Allowed'));
    await expect(cache.getOrSet('k', load, { ttl: ttl as Duration })).rejects.toEqual(refusal('ttl'));
    expect(() => open({ ttl: ttl as Duration })).toThrow(refusal('ttl'));
    expect(load).not.toHaveBeenCalled();
    expect(await cache.has('k')).toBe(false);
  });

  it('refuses a profile that nobody configured, and names those that are', async () => {
    const cache = open({ profiles: { short: '2s' } });
    await expect(cache.set('k', 1, { ttl: 'profile:long' })).rejects.toEqual(
      refusal("'long'", "'profile:short'"),
    );
    await expect(cache.set('k', 1, { ttl: 'profile:constructor' })).rejects.toEqual(refusal("'constructor'"));
  });

  it('longer than a timer can take is neither cut nor expires early', async () => {
    const cache = open();
    await cache.set('k', 1, { ttl: '52w' });
    await clock.advance('51w');
    expect(await cache.get('k')).toBe(1);
    await clock.advance('1w');
    expect(await cache.get('k')).toBeUndefined();
  });

  it("of a cache 'forever' never ends", async () => {
    const cache = open({ ttl: 'forever' });
    await cache.getOrSet('k', () => 1);
    await clock.advance(Number.MAX_SAFE_INTEGER / 4);
    expect(await cache.get('k')).toBe(1);
  });
});
