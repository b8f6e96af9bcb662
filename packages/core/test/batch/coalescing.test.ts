import { createCache } from '@keepsake/core';
import { sharedMemory } from '@keepsake/testing';
import { deferred, fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

/** A promise that is settled, `depth` promise jobs away. */
async function after(depth: number): Promise<void> {
  for (let job = 0; job < depth; job++) await Promise.resolve();
}

describe('calls of one tick', () => {
  it('are one call of the function, whether for many items or for one', async () => {
    const { find, source } = users(fixture().cache);
    const answers = await Promise.all([
      find(['1', '2']),
      find.one('3'),
      find(['2', '4']),
      find.settled(['5']),
    ]);
    expect(answers).toEqual([
      [user('1'), user('2')],
      user('3'),
      [user('2'), user('4')],
      [{ status: 'fulfilled', value: user('5') }],
    ]);
    expect(source.calls).toEqual([['1', '2', '3', '4', '5']]);
  });

  it.each([1, 2, 5, 10, 30])(
    'are one call when they are made from functions that are %i promise jobs apart',
    async (depth) => {
      const { find, source } = users(fixture().cache);
      const resolver = async (i: number): Promise<unknown> => {
        await after(i * depth);
        return find.one(String(i));
      };
      await Promise.all([0, 1, 2, 3].map(resolver));
      expect(source.calls).toEqual([['0', '1', '2', '3']]);
    },
  );

  it('are one call when one promise job leads to the next', async () => {
    const { find, source } = users(fixture().cache);
    const resolved = (work: () => Promise<unknown>): Promise<unknown> =>
      Promise.resolve()
        .then(() => Promise.resolve())
        .then(work);
    const calls = [find.one('A')];
    await Promise.all([
      ...calls,
      resolved(() =>
        Promise.all([
          find.one('B'),
          resolved(() => Promise.all([find.one('C'), resolved(() => find.one('D'))])),
        ]),
      ),
    ]);
    expect(source.calls).toEqual([['A', 'B', 'C', 'D']]);
  });

  it('are other calls of the function than those of a later tick', async () => {
    const { find, source } = users(fixture().cache);
    const first = find.one('1');
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, find.one('2')]);
    expect(source.calls).toEqual([['1'], ['2']]);
  });

  it('join the load of an item that is under way, and load the others', async () => {
    const { cache } = fixture();
    const { find, source } = users(cache);
    const gate = deferred<void>();
    source.wait = gate.promise;
    const first = find(['1', '2']);
    await new Promise((resolve) => setImmediate(resolve));
    const second = find(['2', '3']);
    await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
    expect(await Promise.all([first, second])).toEqual([
      [user('1'), user('2')],
      [user('2'), user('3')],
    ]);
    expect(source.calls).toEqual([['1', '2'], ['3']]);
    expect(cache.stats()).toMatchObject({ loads: 3, misses: 3, coalesced: 1 });
  });

  it('share one load with a refresh of the same item', async () => {
    const { find, source } = users(fixture().cache);
    expect(await Promise.all([find(['1', '2']), find.refresh(['2', '3'])])).toEqual([
      [user('1'), user('2')],
      [user('2'), user('3')],
    ]);
    expect(source.calls).toEqual([['1', '2', '3']]);
    expect(await find.peek(['1', '2', '3'])).toEqual(['1', '2', '3'].map(user));
  });

  it('stay apart in two caches', async () => {
    const [a, b] = [users(fixture().cache), users(fixture().cache)];
    await Promise.all([a.find(['1']), b.find(['2'])]);
    expect([a.source.calls, b.source.calls]).toEqual([[['1']], [['2']]]);
  });

  it('are one call although a slow tier answers for each item at another time', async () => {
    let asked = 0;
    const travel = async <T>(_operation: string, _key: string | undefined, work: () => T): Promise<T> => {
      asked += 1;
      for (let tick = asked % 5; tick > 0; tick--) await new Promise((resolve) => setImmediate(resolve));
      return work();
    };
    const cache = createCache({ backend: sharedMemory().connect({ travel }), ttl: '1h' });
    const { find, source } = users(cache, { tags: (id) => [`user:${id}`] });
    await Promise.all([find(['1', '2', '3']), find.one('4')]);
    expect(source.calls).toEqual([['1', '2', '3', '4']]);
    await cache.close();
  });
});

describe('maxBatch', () => {
  it('splits what is missing into several calls of the function, at once', async () => {
    const { find, source } = users(fixture().cache, { maxBatch: 2 });
    const ids = ['1', '2', '3', '4', '5'];
    expect(await find(ids)).toEqual(ids.map(user));
    expect(source.calls).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  it('counts what is missing, not what is asked for', async () => {
    const { find, source } = users(fixture().cache, { maxBatch: 2 });
    await find(['1', '2']);
    await find(['1', '2', '3', '4', '3']);
    expect(source.calls).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});
