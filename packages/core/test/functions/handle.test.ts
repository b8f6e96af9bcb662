import { CacheConfigError, parseCallKey } from '@keepsake/core';
import { deferred, fixture } from './fixture.js';

function numbered() {
  const { cache, clock } = fixture();
  let loads = 0;
  const fetchUser = cache.cached(async function fetchUser(id: string) {
    loads += 1;
    return `${id}#${loads}`;
  });
  return { cache, clock, fetchUser };
}

describe('the handle of a function', () => {
  it('names the key inside the cache', async () => {
    const { cache, fetchUser } = numbered();
    const key = fetchUser.keyOf('42');
    expect(key).toMatch(/^fetchUser:[0-9a-f]{64}$/);
    expect(parseCallKey(key)).toMatchObject({ id: 'fetchUser', scope: [] });
    await fetchUser('42');
    expect(await cache.get(key)).toBe('42#1');
  });

  it('deletes one entry and says whether it was there', async () => {
    const { fetchUser } = numbered();
    expect(await fetchUser.delete('42')).toBe(false);
    await fetchUser('42');
    await fetchUser('43');
    expect(await fetchUser.delete('42')).toBe(true);
    expect(await fetchUser.delete('42')).toBe(false);
    expect(await fetchUser('42')).toBe('42#3');
    expect(await fetchUser('43')).toBe('43#2');
  });

  it('keeps a load that a delete overtook out of the cache', async () => {
    const { cache } = fixture();
    const loads = [deferred<string>(), deferred<string>()];
    let started = 0;
    const load = cache.cached(async function load() {
      return loads[started++]?.promise;
    });
    const old = load();
    while (started === 0) await Promise.resolve();
    await load.delete();
    const fresh = load();
    loads[0]?.resolve('old');
    loads[1]?.resolve('fresh');
    expect([await old, await fresh, await load()]).toEqual(['old', 'fresh', 'fresh']);
  });

  it('refreshes: loads now, stores and returns', async () => {
    const { fetchUser } = numbered();
    await fetchUser('42');
    expect(await fetchUser.refresh('42')).toBe('42#2');
    expect(await fetchUser('42')).toBe('42#2');
    expect(await fetchUser.refresh('new')).toBe('new#3');
  });

  it('peeks without loading', async () => {
    const { fetchUser, clock } = numbered();
    expect(await fetchUser.peek('42')).toBeUndefined();
    await fetchUser('42');
    expect(await fetchUser.peek('42')).toBe('42#1');
    await clock.advance('1h');
    expect(await fetchUser.peek('42')).toBeUndefined();
    expect(await fetchUser('42')).toBe('42#2');
  });

  it('clears the entries of this function only', async () => {
    const { cache, fetchUser } = numbered();
    const fetchUserById = cache.cached(async function fetchUserById() {
      return 'kept';
    });
    const versioned = cache.cached(fetchUser.original, { version: 2 });
    await Promise.all([fetchUser('42'), fetchUser('43'), fetchUserById(), versioned('42')]);
    await cache.set('fetchUser', 'kept too');
    await fetchUser.clear();
    expect(await fetchUser.peek('42')).toBeUndefined();
    expect(await fetchUser.peek('43')).toBeUndefined();
    expect(await fetchUserById.peek()).toBe('kept');
    expect(await versioned.peek('42')).toBeDefined();
    expect(await cache.get('fetchUser')).toBe('kept too');
  });

  it('has the function as it was', async () => {
    const { fetchUser } = numbered();
    await fetchUser('42');
    expect(await fetchUser.original('42')).toBe('42#2');
  });

  it('works taken off the function', async () => {
    const { fetchUser } = numbered();
    const { delete: remove, peek } = fetchUser;
    await fetchUser('42');
    expect(await peek('42')).toBe('42#1');
    expect(await remove('42')).toBe(true);
  });

  it('rejects where the policy cannot be resolved', async () => {
    const { cache } = fixture();
    const load = cache.cached(async function load() {}, 'profile:none' as never);
    for (const use of [load.delete, load.clear, load.refresh, load.peek] as const) {
      await expect(use()).rejects.toThrow(CacheConfigError);
    }
    expect(() => load.keyOf()).toThrow(CacheConfigError);
  });
});
