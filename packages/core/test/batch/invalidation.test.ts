import type { Cache } from '@keepsake/core';
import { Fleet, unhandledRejections, within } from '../cache/fleet.js';
import { deferred, fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

const EACH = { ttl: '1h', tags: (id: string): readonly string[] => [`user:${id}`] } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an invalidation while a batch loads', () => {
  it.each<[string, (cache: Cache, key: string) => Promise<unknown>, unknown]>([
    ['deleted', (cache, key) => cache.delete(key), undefined],
    ['invalidated by tag', (cache) => cache.invalidateTags(['user:2']), undefined],
    ['set', (cache, key) => cache.set(key, 'set', { ttl: '1h' }), 'set'],
  ])(
    'keeps the item that was %s from being stored, and none of the others',
    async (_how, invalidate, left) => {
      const { cache } = fixture();
      const { find, source } = users(cache, EACH);
      const gate = deferred<void>();
      source.wait = gate.promise;
      const call = find(['1', '2', '3']);
      await turn();
      await invalidate(cache, find.keyOf('2'));
      gate.resolve();
      expect(await call).toEqual(['1', '2', '3'].map(user));
      await turn();
      expect(await find.peek(['1', '2', '3'])).toEqual([user('1'), left, user('3')]);
    },
  );

  it('keeps all of them from being stored when the function is cleared', async () => {
    const { cache } = fixture();
    const { find, source } = users(cache, EACH);
    const gate = deferred<void>();
    source.wait = gate.promise;
    const call = find(['1', '2']);
    await turn();
    await find.clear();
    gate.resolve();
    await call;
    await turn();
    expect(await find.peek(['1', '2'])).toEqual([undefined, undefined]);
  });

  it('is not undone by the load of a later call: that one loads anew', async () => {
    const { cache } = fixture();
    const { find, source } = users(cache, EACH);
    const gate = deferred<void>();
    source.wait = gate.promise;
    const old = find(['1', '2']);
    await turn();
    await find.delete('2');
    source.wait = Promise.resolve();
    source.places.set('2', { id: '2', name: 'new' });
    expect(await find.one('2')).toMatchObject({ name: 'new' });
    gate.resolve();
    await old;
    expect(await find(['1', '2'])).toEqual([user('1'), { id: '2', name: 'new' }]);
    expect(source.calls).toEqual([['1', '2'], ['2']]);
  });

  it('within the tick of two calls makes one load, which both get and the second one stores', async () => {
    const { cache } = fixture();
    const { find, source } = users(cache, EACH);
    const before = find(['1', '2']);
    void find.delete('2');
    const after = find(['2']);
    expect(await Promise.all([before, after])).toEqual([[user('1'), user('2')], [user('2')]]);
    await turn();
    expect(source.calls).toEqual([['1', '2']]);
    expect(await find.peek(['1', '2'])).toEqual([user('1'), user('2')]);
  });
});

describe('two processes that ask for overlapping items', () => {
  it.each([0, 3])('load each of them once, over a server that is %i ms away', async (delay) => {
    const fleet = new Fleet();
    const nodes = [fleet.node(), fleet.node()];
    const [a, b] = nodes.map(({ cache, wire }, i) => {
      if (delay > 0) wire.controls.delay(delay + i);
      return users(cache, EACH);
    }) as [ReturnType<typeof users>, ReturnType<typeof users>];
    const source = new Promise<void>((resolve) => fleet.clock.after(50, resolve));
    a.source.wait = source;
    b.source.wait = source;
    const calls = Promise.all([a.find(['1', '2', '3']), b.find(['2', '3', '4']), b.find.one('1')]);
    expect(await within(fleet.clock, 1000, calls)).toEqual([
      ['1', '2', '3'].map(user),
      ['2', '3', '4'].map(user),
      user('1'),
    ]);
    expect([...a.source.calls, ...b.source.calls].flat().sort()).toEqual(['1', '2', '3', '4']);
    expect([a.source.calls.length, b.source.calls.length]).toEqual([1, 1]);
  });

  it('load what the other one failed to load, once', async () => {
    const fleet = new Fleet();
    const [a, b] = [users(fleet.node().cache, EACH), users(fleet.node().cache, EACH)];
    const gate = deferred<void>();
    a.source.wait = gate.promise;
    const failing = a.find.settled(['1', '2', '3']);
    await fleet.clock.advance(0);
    const waiting = b.find(['1', '2', '3']);
    await fleet.clock.advance(20);
    expect(b.source.calls).toEqual([]);
    gate.reject(new Error('down'));
    expect((await failing).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(await within(fleet.clock, 250, waiting)).toEqual(['1', '2', '3'].map(user));
    expect(b.source.calls.flat()).toEqual(['1', '2', '3']);
  });

  it('never store what was loaded before the other one deleted it', async () => {
    const fleet = new Fleet();
    const [one, other] = [fleet.node(), fleet.node()];
    const [a, b] = [users(one.cache, EACH), users(other.cache, EACH)];
    const gate = deferred<void>();
    a.source.wait = gate.promise;
    const call = a.find(['1', '2']);
    await fleet.clock.advance(0);
    await b.find.delete('2');
    gate.resolve();
    expect(await call).toEqual([user('1'), user('2')]);
    await fleet.clock.advance(50);
    expect(await a.find.peek(['1', '2'])).toEqual([user('1'), undefined]);
    expect(await b.find.peek(['1', '2'])).toEqual([user('1'), undefined]);
  });
});

describe('close', () => {
  it('waits for the batches that run and for those about to, and stores what they load', async () => {
    const { cache, wire } = new Fleet().node({ ttl: '1h' });
    const { find, source } = users(cache);
    const gate = deferred<void>();
    source.wait = gate.promise;
    const running = find(['1', '2']);
    await turn();
    const about = find(['3']);
    const closing = cache.close();
    for (const refused of [() => find(['4']), () => find([]), () => find.one('4'), () => find.peek(['1'])]) {
      await expect(refused()).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    }
    gate.resolve();
    await closing;
    expect(await Promise.all([running, about])).toEqual([[user('1'), user('2')], [user('3')]]);
    expect(source.calls).toEqual([['1', '2'], ['3']]);
    expect(await wire.get(`keepsake:${find.keyOf('3')}`)).toMatchObject({ value: user('3') });
  });

  it('leaves nothing unhandled, whatever fails and whoever does not listen', async () => {
    const unhandled = unhandledRejections();
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', staleWhileRevalidate: '1h', hardTimeout: '10s' });
    await find(['1', '2']);
    await clock.advance('2m');
    for (const id of ['1', '2', '3']) source.places.set(id, new Error(id));
    await find.settled(['1', '2', '3']);
    await expect(find(['3', '4', '5'])).rejects.toThrow('3');
    source.wait = Promise.reject(new Error('all of them'));
    await find.settled(['6', '7']);
    await expect(find.refresh(['1', '8'])).rejects.toThrow('all of them');
    source.wait = new Promise(() => undefined);
    const late = find.settled(['9']);
    await clock.advance('10s');
    await late;
    const closing = cache.close();
    await clock.advance('10s');
    await closing;
    expect(await unhandled.stop()).toEqual([]);
  });
});
