import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';

describe('namespaces', () => {
  const clock = manualClock();
  let backend: ReturnType<typeof memory>;
  let cache: Cache;

  beforeEach(() => {
    backend = memory({ clock });
    cache = createCache({ backend, clock });
  });

  it('nest, and each has keys of its own', async () => {
    const users = cache.namespace('users');
    const admins = users.namespace('admins');
    await cache.set('k', 'root');
    await users.set('k', 'users');
    await admins.set('k', 'admins');
    expect([await cache.get('k'), await users.get('k'), await admins.get('k')]).toEqual([
      'root',
      'users',
      'admins',
    ]);
    expect(admins.path).toBe('keepsake/users/admins');
    expect(await cache.namespace('users').namespace('admins').get('k')).toBe('admins');
  });

  it.each([
    [['user'], ':1', ['user:'], '1'],
    [['a'], 'b:k', ['a:b'], 'k'],
    [['a', 'b'], 'k', ['a/b'], 'k'],
    [['a%2Fb'], 'k', ['a/b'], 'k'],
    [['%3A'], 'k', [':'], 'k'],
    [['a'], '/b:k', ['a', 'b'], 'k'],
    [[], 'a:k', ['a'], 'k'],
    [[], '/a:k', ['a'], 'k'],
  ])('%p with key %p is never %p with key %p', async (names, key, otherNames, otherKey) => {
    const inside = (path: readonly string[]) => path.reduce<Cache>((at, name) => at.namespace(name), cache);
    await inside(names).set(key, 'one');
    await inside(otherNames).set(otherKey, 'other');
    expect(await inside(names).get(key)).toBe('one');
    expect(await inside(otherNames).get(otherKey)).toBe('other');
    await inside(otherNames).clear();
    if (names.length > 0 && names[0] !== otherNames[0]) expect(await inside(names).get(key)).toBe('one');
  });

  it('keeps the keys that users choose as they are, whatever is in them', async () => {
    const keys = [
      '',
      ' ',
      'a b',
      'ä',
      '\u0000x',
      '../..',
      'a'.repeat(2000),
      '__proto__',
      'constructor',
      '*',
      '{a,b}',
    ];
    for (const [i, key] of keys.entries()) await cache.set(key, i);
    expect(await cache.getMany(keys)).toEqual(keys.map((_, i) => i));
  });

  it('shares tags, statistics and events with the cache around it', async () => {
    const users = cache.namespace('users');
    await users.set('k', 1, { tags: ['t'] });
    await cache.set('k', 1, { tags: ['t'] });
    const events: object[] = [];
    cache.on('hit', (event) => events.push(event));
    await users.get('k');
    expect(events).toEqual([{ path: 'keepsake/users', key: 'k', tier: 'memory' }]);
    expect(users.stats()).toEqual(cache.stats());
    await users.invalidateTags(['t']);
    expect(await cache.get('k')).toBeUndefined();
    expect(await users.get('k')).toBeUndefined();
  });

  it.each([[''], [42], [null]])('refuses %p as a name', (name) => {
    expect(() => cache.namespace(name as string)).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining('namespace') }),
    );
  });

  it('keeps two caches of different namespaces apart on one backend, their tags and clears too', async () => {
    const other = createCache({ backend, clock, namespace: 'other' });
    await cache.set('k', 1, { tags: ['t'] });
    await other.set('k', 2, { tags: ['t'] });
    await other.invalidateTags(['t']);
    expect([await cache.get('k'), await other.get('k')]).toEqual([1, undefined]);
    await other.set('k', 3);
    await cache.clear();
    expect([await cache.get('k'), await other.get('k')]).toEqual([undefined, 3]);
  });
});
