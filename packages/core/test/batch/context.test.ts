import { CacheConfigError, CacheKeyError, loaderContext } from '@keepsake/core';
import { deferred, fixture } from '../functions/fixture.js';
import { user, users } from './fixture.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the context of a batch', () => {
  it('has that of each item: its stale value, its ttl, its tags, whether to store it', async () => {
    const { cache, clock } = fixture();
    const seen: unknown[] = [];
    const find = cache.cachedBatch(
      async (ids: readonly string[], { of }) => {
        for (const id of ids) seen.push([id, of(id).stale?.value]);
        of('1').setTtl('10s');
        if (ids.includes('2')) of('2').tag('second');
        if (ids.includes('3')) of('3').skip();
        return ids.map((id) => (of(id).stale ? of(id).notModified() : user(id)));
      },
      { id: 'users', ttl: '1h', staleIfError: '1h' },
    );
    const first = await find(['1', '2', '3']);
    await clock.advance(0);
    expect(await find.peek(['1', '2', '3'])).toEqual([user('1'), user('2'), undefined]);
    await cache.invalidateTags(['second']);
    await clock.advance('10s');
    const second = await find(['1', '2']);
    expect(seen.slice(3)).toEqual([
      ['1', user('1')],
      ['2', undefined],
    ]);
    expect(second[0]).toBe(first[0]);
  });

  it('knows only the items of its batch', async () => {
    const { find, source } = users(fixture().cache, { maxBatch: 1 });
    await find(['1', '2']);
    expect(source.contexts[0]?.of('1')).toBeDefined();
    expect(() => source.contexts[0]?.of('2')).toThrow(CacheConfigError);
    expect(() => source.contexts[0]?.of('2')).toThrow("'2' is not an item of this batch");
  });

  it('goes by the load that is stored where a refresh came to another one', async () => {
    const { cache, clock } = fixture();
    const find = cache.cachedBatch(
      async (ids: readonly string[], { of }) => {
        of('1').setTtl('10s');
        return ids.map(user);
      },
      { id: 'users' },
    );
    await Promise.all([find.one('1'), find.refresh(['1'])]);
    await clock.advance('10s');
    expect(await find.peek(['1'])).toEqual([undefined]);
  });

  it('is no context of a single load', async () => {
    const { cache } = fixture();
    const find = cache.cachedBatch(
      async (ids: readonly string[]) => {
        loaderContext();
        return ids.map(user);
      },
      { id: 'users' },
    );
    await expect(find.one('1')).rejects.toThrow('loaderContext: no load is calling here');
  });
});

describe('the signal of a batch', () => {
  it('falls when nobody waits for any of its items any more, and not before', async () => {
    const { cache } = fixture();
    const items: { readonly id: string; readonly signal?: AbortSignal }[] = [];
    const gate = deferred<void>();
    let batch: AbortSignal | undefined;
    const find = cache.cachedBatch(
      async (asked: typeof items, { signal }) => {
        items.push(...asked);
        batch = signal;
        await gate.promise;
        return asked.map(({ id }) => user(id));
      },
      { id: 'users', omit: ['signal'] },
    );
    const callers = ['0', '0', '1'].map((id) => {
      const controller = new AbortController();
      return { controller, call: find.one({ id, signal: controller.signal }) };
    });
    await turn();
    const reason = new Error('gone');
    const fallen: unknown[] = [];
    for (const { controller, call } of callers) {
      fallen.push([...items.map(({ signal }) => signal?.aborted), batch?.aborted]);
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
    }
    expect(fallen).toEqual([
      [false, false, false],
      [false, false, false],
      [true, false, false],
    ]);
    expect(batch).toMatchObject({ aborted: true, reason });
    gate.resolve();
    await turn();
    // What a function returns that was told to stop may be a part.
    expect(await find.peek([{ id: '0' }, { id: '1' }])).toEqual([undefined, undefined]);
  });

  it('stands while somebody else waits for the same item', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { hardTimeout: 100 });
    source.wait = new Promise(() => undefined);
    const [first, second] = [find.settled(['1']), find.settled(['2'])];
    await clock.advance(50);
    const signal = source.contexts[0]?.signal;
    expect(signal?.aborted).toBe(false);
    await clock.advance(50);
    await Promise.all([first, second]);
    expect([source.contexts[0]?.signal.aborted, signal?.aborted]).toEqual([true, true]);
  });

  it('has fallen already where it is read too late', async () => {
    const { cache, clock } = fixture();
    const { find, source } = users(cache, { hardTimeout: 100 });
    source.wait = new Promise(() => undefined);
    const call = find.settled(['1', '2']);
    await clock.advance(100);
    await call;
    expect(source.contexts[0]?.signal.aborted).toBe(true);
  });
});

describe('a batch function that asks for its own items', () => {
  it('is refused before its first await, item by item, and may ask for others', async () => {
    const { cache } = fixture();
    const errors: unknown[] = [];
    const find = cache.cachedBatch(
      async (ids: readonly string[]): Promise<readonly string[]> => {
        if (ids[0] === 'inner') return ids;
        const asked = await find.settled(['2', 'inner']);
        errors.push(...asked.map((each) => (each.status === 'rejected' ? each.reason : each.value)));
        return ids;
      },
      { id: 'users' },
    );
    expect(await find(['1', '2'])).toEqual(['1', '2']);
    expect(errors).toEqual([expect.any(CacheKeyError), 'inner']);
    expect(String(errors[0])).toContain('its loader asks the cache for the same key');
  });
});
