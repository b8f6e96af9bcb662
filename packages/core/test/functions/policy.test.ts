import { CacheConfigError, cached, type FunctionPolicy } from '@keepsake/core';
import { fixture, warnings } from './fixture.js';

interface Query {
  readonly id: string;
  readonly userInput?: string;
}

/** A function under a policy, and the arguments it was really called with. */
function counted(policy: FunctionPolicy<(query: Query, lang?: string) => Promise<string>>) {
  const { cache, clock } = fixture();
  const loads: unknown[][] = [];
  const load = cache.cached(async function load(query: Query, lang?: string) {
    loads.push([query, lang]);
    return `${query.id} ${lang ?? '-'}`;
  }, policy);
  return { cache, clock, load, loads };
}

describe('the policy of a function', () => {
  it('identifies a call by what `key` selects', async () => {
    const { load, loads } = counted({ key: (query) => query.id });
    await load({ id: 'a', userInput: 'x' }, 'de');
    await load({ id: 'a', userInput: 'y' }, 'en');
    await load({ id: 'b' });
    expect(loads).toHaveLength(2);
  });

  it('leaves the properties that `omit` names out of the key', async () => {
    const { load, loads } = counted({ omit: ['userInput'] });
    await load({ id: 'a', userInput: 'x' });
    await load({ id: 'a', userInput: 'y' });
    await load({ id: 'a', userInput: 'y' }, 'de');
    expect(loads).toHaveLength(2);
  });

  it('writes `scope` into the key, escaped, where patterns find it', async () => {
    const { cache, load, loads } = counted({ scope: (query, lang) => [query.id, lang ?? 'none'] });
    expect(load.keyOf({ id: 'team:7' }, 'de')).toMatch(/^load:team%3A7:de:[0-9a-f]{64}$/);
    await load({ id: 'a' }, 'de');
    await load({ id: 'b' }, 'de');
    await load({ id: 'b' }, 'en');
    expect(await cache.deletePattern('load:*:de:*')).toBe(2);
    await load({ id: 'b' }, 'en');
    expect(loads).toHaveLength(3);
  });

  it('accepts one segment of `scope` without an array', () => {
    const { load } = counted({ scope: () => 7 });
    expect(load.keyOf({ id: 'a' })).toMatch(/^load:7:[0-9a-f]{64}$/);
  });

  it('does not find the entries of another version', async () => {
    const { cache } = fixture();
    const original = async function load() {
      return 'old';
    };
    const [first, second] = [1, 2].map((version) => cache.cached(original, { version }));
    await first?.();
    expect(await second?.peek()).toBeUndefined();
    expect(second?.keyOf()).toMatch(/^load@2:/);
  });

  it('stores only when `when` says so', async () => {
    const seen: unknown[] = [];
    const { load, clock } = counted({
      when: (value, query, lang) => {
        seen.push([value, query.id, lang]);
        return lang !== undefined;
      },
    });
    expect(await load({ id: 'a' })).toBe('a -');
    await load({ id: 'a' }, 'de');
    await clock.advance(0);
    expect(await load.peek({ id: 'a' })).toBeUndefined();
    expect(await load.peek({ id: 'a' }, 'de')).toBe('a de');
    expect(seen.at(-1)).toEqual(['a de', 'a', 'de']);
  });

  // A flight is still joined for some microtasks after it has told its callers: `Flights.start`.
  it('loads again at the call right after one whose value was not stored', async () => {
    const { load, loads } = counted({ when: () => false });
    await load({ id: 'a' });
    await load({ id: 'a' });
    expect(loads).toHaveLength(2);
  });

  it('takes the ttl from the value and the arguments', async () => {
    const { load, loads, clock } = counted({
      ttl: (value, query) => (value.endsWith('de') && query.id === 'a' ? '1m' : '1h'),
    });
    await load({ id: 'a' }, 'de');
    await load({ id: 'a' }, 'en');
    await clock.advance('1m');
    await load({ id: 'a' }, 'de');
    await load({ id: 'a' }, 'en');
    expect(loads).toHaveLength(3);
  });

  it('returns the value when a `ttl` or `when` fails, and tells of it', async () => {
    const { cache, load } = counted({
      when: () => {
        throw new Error('when failed');
      },
    });
    const errors: unknown[] = [];
    cache.on('unstorable', ({ error }) => errors.push(error));
    expect(await load({ id: 'a' })).toBe('a -');
    expect(errors).toEqual([new Error('when failed')]);
  });

  it('labels entries with its tags, fixed or from the arguments', async () => {
    const byArguments = counted({ tags: (query) => [`user:${query.id}`] });
    await byArguments.load({ id: 'a' });
    await byArguments.load({ id: 'b' });
    await byArguments.cache.invalidateTags(['user:a']);
    await byArguments.load({ id: 'a' });
    await byArguments.load({ id: 'b' });
    expect(byArguments.loads).toHaveLength(3);
    const fixed = counted({ tags: ['users'] });
    await fixed.load({ id: 'a' });
    await fixed.cache.invalidateTags(['users']);
    expect(await fixed.load.peek({ id: 'a' })).toBeUndefined();
  });

  it('is not asked for tags at a hit', async () => {
    let asked = 0;
    const { load } = counted({
      tags: () => {
        asked += 1;
        return [];
      },
    });
    await load({ id: 'a' });
    await load({ id: 'a' });
    expect(asked).toBe(1);
  });

  it('takes profiles of its cache as a ttl', async () => {
    const { cache, clock } = fixture({ profiles: { brief: '1m' } });
    const load = cache.cached(async function load() {}, 'profile:brief' as never);
    await load();
    await clock.advance('1m');
    expect(await cache.has(load.keyOf())).toBe(false);
    await expect(cache.cached(async function other() {}, 'profile:none' as never)()).rejects.toThrow(
      "there is no profile 'none'. Allowed: 'profile:brief'",
    );
  });

  it('needs a ttl from somewhere', async () => {
    const { cache } = fixture({ ttl: undefined as never });
    await expect(cache.cached(async function load() {})()).rejects.toThrow("ttl: none was given for 'load'");
  });

  it('does not change when the object it was given does', async () => {
    const policy = { version: 1, cache: fixture().cache };
    const load = cached(async function load() {}, policy);
    policy.version = 2;
    expect(load.keyOf()).toMatch(/^load@1:/);
  });

  it.each([
    [{ tll: '5m' }, "there is no option 'tll'. Allowed: `ttl`"],
    [{ ttl: '5x' }, "ttl: '5x'"],
    [{ ttl: 0 }, 'ttl: 0'],
    [{ ttl: Number.NaN }, 'ttl: NaN'],
    [{ key: 'id' }, "key: 'id' was given. Allowed: function"],
    [{ scope: ['a'] }, 'scope: an array was given'],
    [{ when: true }, 'when: true was given'],
    [{ tags: 'users' }, "tags: 'users' was given. Allowed: array or function"],
    [{ tags: ['users', ''] }, "tags: '' was given. Allowed: a text that is not empty"],
    [{ omit: 'userInput' }, "omit: 'userInput' was given"],
    [{ omit: [7] }, 'omit: 7 was given'],
    [{ id: '' }, "id: '' was given. Allowed: a text that is not empty"],
    [{ version: {} }, 'version: an object was given'],
    [{ cache: {} }, 'cache: an object was given. Allowed: a Cache'],
    [{ cache: null }, 'cache: null was given. Allowed: a Cache'],
    [{ perInstance: 'tenant' }, "perInstance: 'tenant' was given. Allowed: boolean or function"],
  ])('refuses %j at the definition', (policy, message) => {
    const define = (): unknown => cached(async function load() {}, policy as never);
    expect(define).toThrow(CacheConfigError);
    expect(define).toThrow(message);
    expect(define).toThrow('cached(load)');
  });

  it('refuses null and arrays as a policy', () => {
    expect(() => cached(async function load() {}, null as never)).toThrow('null was given');
    expect(() => cached(async function load() {}, [] as never)).toThrow('an array was given');
  });

  it('warns once of a number that looks like seconds', () => {
    const written = warnings();
    for (let i = 0; i < 2; i++) cached(async function inSeconds() {}, 300);
    cached(async function inMilliseconds() {}, 1000);
    expect(written).toEqual([
      "keepsake: cached(inSeconds): ttl 300 is 300 milliseconds. If seconds were meant, write '300s'.",
    ]);
  });
});
