import { CacheTimeoutError, createCache, tiered } from '@keepsake/core';
import { Fleet, recorded, within } from '../cache/fleet.js';
import { deferred, fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

const failure = new Error('the source is down');

describe('stale items', () => {
  it('are served at once and loaded in the background, in one call, together with what is missing', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', staleWhileRevalidate: '1h' });
    await find(['1', '2']);
    await clock.advance('2m');
    source.places.set('1', { id: '1', name: 'new' });
    expect(await Promise.all([find(['1', '2', '3']), find.one('2')])).toEqual([
      ['1', '2', '3'].map(user),
      user('2'),
    ]);
    expect(source.calls).toEqual([
      ['1', '2'],
      ['1', '2', '3'],
    ]);
    await clock.advance(0);
    expect(await find.one('1')).toMatchObject({ name: 'new' });
    expect(source.calls).toHaveLength(2);
  });

  it('answer a call that has them all before the source does', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', staleWhileRevalidate: '1h' });
    await find(['1', '2']);
    await clock.advance('2m');
    source.wait = new Promise(() => undefined);
    expect(await find(['1', '2'])).toEqual([user('1'), user('2')]);
  });

  it('stand in for their own errors only', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', staleIfError: '1h' });
    await find(['1', '2']);
    await clock.advance('2m');
    for (const id of ['2', '3']) source.places.set(id, failure);
    source.places.set('1', { id: '1', name: 'new' });
    expect(await find.settled(['1', '2', '3'])).toEqual([
      { status: 'fulfilled', value: { id: '1', name: 'new' } },
      { status: 'fulfilled', value: user('2') },
      { status: 'rejected', reason: failure },
    ]);
    // `retryAfter`, item by item.
    await find.settled(['1', '2', '3']);
    expect(source.calls.slice(1)).toEqual([['1', '2', '3'], ['3']]);
    await clock.advance('1s');
    await find.settled(['1', '2']);
    expect(source.calls.at(-1)).toEqual(['2']);
  });

  it('are served when the source is slow, while the load goes on and others wait for it', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', staleIfError: '1h', softTimeout: 100 });
    await find(['1']);
    await clock.advance('2m');
    const gate = deferred<void>();
    source.wait = gate.promise;
    source.places.set('1', { id: '1', name: 'new' });
    const [stale, waiting] = [find.one('1'), find(['1', '2'])];
    await clock.advance(100);
    expect(await stale).toEqual(user('1'));
    gate.resolve();
    expect(await waiting).toEqual([user('1'), user('2')]);
    expect(await find(['1', '2'])).toEqual([{ id: '1', name: 'new' }, user('2')]);
    expect(source.calls).toEqual([['1'], ['1', '2']]);
  });
});

describe('early refresh', () => {
  it('loads all hits of a tick that are due in one call', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { ttl: '1m', earlyRefresh: 0.5 });
    await find(['1', '2']);
    await clock.advance('40s');
    await find(['1', '2']);
    await clock.advance(0);
    expect(source.calls).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    await clock.advance('25s');
    await find(['1', '2']);
    expect(source.calls).toHaveLength(2);
  });

  it.each(['leases', 'no leases'])(
    'takes what another process has loaded meanwhile, and loads the others (%s)',
    async (leases) => {
      const fleet = new Fleet();
      const nodes = [fleet.node(), fleet.node()].map(({ cache, wire, front }) => {
        if (leases === 'leases') return { cache, front };
        const backend = tiered([front, { ...wire, acquire: undefined as never, fill: undefined as never }]);
        const bus = fleet.hub.connect();
        return { cache: createCache({ backend, clock: fleet.clock, bus, jitter: 0 }), front };
      });
      const [a, b] = nodes.map(({ cache }) => users(cache, { ttl: '1m', earlyRefresh: 0.5 })) as [
        ReturnType<typeof users>,
        ReturnType<typeof users>,
      ];
      await a.find(['1', '2', '3']);
      await b.find(['1', '2', '3']);
      await fleet.clock.advance('40s');
      await b.find.one('2');
      await fleet.clock.advance(0);
      expect(b.source.calls).toEqual([['2']]);
      await a.find(['1', '2', '3']);
      await fleet.clock.advance(0);
      expect(a.source.calls).toEqual([
        ['1', '2', '3'],
        ['1', '3'],
      ]);
    },
  );
});

describe('cacheErrors', () => {
  it('remembers the errors of items one by one', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, {
      ttl: '1h',
      cacheErrors: (error, id) => (error === failure && id !== '3' ? '1m' : false),
    });
    for (const id of ['2', '3']) source.places.set(id, failure);
    await find.settled(['1', '2', '3']);
    const again = await find.settled(['1', '2', '3']);
    expect(again.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(source.calls).toEqual([['1', '2', '3'], ['3']]);
    expect(await find.delete('2')).toBe(0);
    source.places.clear();
    expect(await find(['2', '3'])).toEqual([user('2'), user('3')]);
    await clock.advance('1m');
    expect(source.calls.at(-1)).toEqual(['2', '3']);
  });

  it('remembers the error of a whole batch for each of its items', async () => {
    const { cache } = fixture();
    let calls = 0;
    const find = cache.cachedBatch(
      async (_: readonly string[]): Promise<readonly string[]> => {
        calls += 1;
        throw failure;
      },
      { id: 'users', cacheErrors: () => '1m' },
    );
    await find.settled(['1', '2']);
    await expect(find.one('2')).rejects.toBe(failure);
    await expect(find(['2', '1'])).rejects.toBe(failure);
    expect(calls).toBe(1);
  });
});

describe('hardTimeout', () => {
  it('ends the wait for a batch item by item, and the late values are stored', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { hardTimeout: 100 });
    const gate = deferred<void>();
    source.wait = gate.promise;
    const call = find.settled(['1', '2']);
    await clock.advance(100);
    expect(await call).toMatchObject(
      Array(2).fill({ status: 'rejected', reason: expect.any(CacheTimeoutError) }),
    );
    gate.resolve();
    await clock.advance(0);
    expect(await find.peek(['1', '2'])).toEqual([user('1'), user('2')]);
    expect(source.contexts[0]?.signal.aborted).toBe(true);
  });

  it('counts the time that tiers take, too, and spares a source that nobody waits for', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const { find, source } = users(cache, { ttl: '1h', hardTimeout: 100, tags: (id) => [id] });
    wire.controls.delay(80);
    const call = find.settled(['1', '2']);
    await fleet.clock.advance(100);
    expect((await call).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await fleet.clock.advance('1s');
    expect(source.calls).toEqual([]);
    wire.controls.calm();
    // Nothing is left that would wait for an answer.
    await within(fleet.clock, 100, cache.close());
  });
});

describe('what happens to items', () => {
  it('is told item by item', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache);
    source.places.set('2', failure);
    await find.one('3');
    await clock.advance(0);
    const stream = recorded(cache);
    await find.settled(['1', '2', '3', '1']);
    const told = stream.map(([type, event]) => [type, (event as { readonly key: string }).key]);
    expect(told).toHaveLength(5);
    expect(told).toEqual(
      expect.arrayContaining([
        ['hit', find.keyOf('3')],
        ['miss', find.keyOf('1')],
        ['load', find.keyOf('1')],
        ['miss', find.keyOf('2')],
        ['loadError', find.keyOf('2')],
      ]),
    );
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 3, loads: 3, loadErrors: 1 });
  });
});
