import { CacheConfigError, CacheKeyError, parseCallKey } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

describe('the handle of a batch function', () => {
  it('names the keys of its items, as those of a function that loads one', async () => {
    const { cache } = fixture();
    const { find } = users(cache, { id: 'batch', version: 2, scope: (id) => ['team', id] });
    const one = fixture().cache.cached(async (id: string) => user(id), {
      id: 'batch',
      version: 2,
      scope: (id) => ['team', id],
    });
    expect(find.keyOf('7')).toBe(one.keyOf('7'));
    expect(parseCallKey(find.keyOf('7'))).toMatchObject({ id: 'batch', version: '2', scope: ['team', '7'] });
    await find.one('7');
    expect(await cache.get(find.keyOf('7'))).toEqual(user('7'));
    expect(() => find.keyOf(Symbol('7') as never)).toThrow(CacheKeyError);
  });

  it('deletes items, and says how many of them were there', async () => {
    const { find, source } = users(fixture().cache);
    expect(await find.delete('1')).toBe(0);
    await find(['1', '2', '3']);
    expect(await find.delete('1', '2', '1', '4')).toBe(2);
    expect(await find.delete()).toBe(0);
    await find(['1', '2', '3']);
    expect(source.calls).toEqual([
      ['1', '2', '3'],
      ['1', '2'],
    ]);
  });

  it('clears the items of this function only', async () => {
    const { cache } = fixture();
    const [{ find }, other] = [users(cache), users(cache, { id: 'others' })];
    await Promise.all([find(['1', '2']), other.find(['1'])]);
    await find.clear();
    expect(await find.peek(['1', '2'])).toEqual([undefined, undefined]);
    expect(await other.find.peek(['1'])).toEqual([user('1')]);
  });

  it('refreshes: loads now, in one call, stores and returns', async () => {
    const { find, source } = users(fixture().cache);
    await find(['1', '2']);
    source.places.set('1', { id: '1', name: 'new' });
    source.places.set('2', new Error('no'));
    await expect(find.refresh(['1', '2', '1', '3'])).rejects.toThrow('no');
    source.places.delete('2');
    expect(await find.refresh(['2', '1', '2'])).toEqual([user('2'), { id: '1', name: 'new' }, user('2')]);
    expect(source.calls.slice(1)).toEqual([
      ['1', '2', '3'],
      ['2', '1'],
    ]);
    expect(await find(['1', '3'])).toEqual([{ id: '1', name: 'new' }, user('3')]);
    expect(source.calls).toHaveLength(3);
  });

  it('peeks without loading, in order', async () => {
    const { find, source } = users(fixture().cache);
    await find(['1']);
    expect(await find.peek(['2', '1', '1'])).toEqual([undefined, user('1'), user('1')]);
    expect(await find.peek([])).toEqual([]);
    expect(source.calls).toEqual([['1']]);
  });

  it('has the function as it was, and its name', async () => {
    const { cache } = fixture();
    const fetchUsers = async (ids: readonly string[]) => ids.map(user);
    const find = cache.cachedBatch(fetchUsers);
    expect(find.original).toBe(fetchUsers);
    expect(find.name).toBe('fetchUsers');
    expect(find.keyOf('1')).toMatch(/^fetchUsers:/);
  });

  it('works taken off the function', async () => {
    const { one, peek, delete: remove } = users(fixture().cache).find;
    await one('1');
    expect(await peek(['1'])).toEqual([user('1')]);
    expect(await remove('1')).toBe(1);
  });

  it('rejects where the policy cannot be resolved', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(async (ids: readonly string[]) => ids, 'profile:none' as never);
    const uses = [
      () => find(['1']),
      () => find.settled(['1']),
      () => find.one('1'),
      () => find.delete('1'),
      () => find.clear(),
      () => find.refresh(['1']),
      () => find.peek(['1']),
    ];
    for (const use of uses) await expect(use()).rejects.toThrow(CacheConfigError);
    expect(() => find.keyOf('1')).toThrow(CacheConfigError);
  });
});
