import { getEventListeners } from 'node:events';
import { CacheKeyError } from '@keepsake/core';
import { gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

interface Query {
  readonly text: string;
  signal?: AbortSignal | undefined;
}

/** Wrapped functions that take the signal of their caller, as an argument and in an object. */
function setUp() {
  const { cache, clock } = fixture();
  const given: unknown[][] = [];
  const source = gate<string>();
  const load = jest.fn((...args: unknown[]) => {
    given.push(args);
    return source.promise;
  });
  const find = cache.cached(async (id: string, signal?: AbortSignal) => load(id, signal), { id: 'find' });
  const search = cache.cached(async (query: Query) => load(query), { id: 'search', omit: ['signal'] });
  return { cache, clock, given, source, load, find, search };
}

describe('an AbortSignal among the arguments of a wrapped function', () => {
  it('is no part of the key, at the top and in an object that omits it', () => {
    const { find, search } = setUp();
    const { signal } = new AbortController();
    expect(find.keyOf('a', signal)).toBe(find.keyOf('a'));
    expect(find.keyOf('a', AbortSignal.abort())).toBe(find.keyOf('a'));
    expect(search.keyOf({ text: 'a', signal })).toBe(search.keyOf({ text: 'a' }));
    expect(search.keyOf({ text: 'a', signal: undefined })).toBe(search.keyOf({ text: 'a' }));
  });

  it('is refused in an object that does not omit it', async () => {
    const { cache } = setUp();
    const wrong = cache.cached(async (query: Query) => query.text, { id: 'wrong' });
    await expect(wrong({ text: 'a', signal: new AbortController().signal })).rejects.toThrow(CacheKeyError);
  });

  it('gives way to the signal of the load, which serves all who wait', async () => {
    const { given, find, search } = setUp();
    const { signal } = new AbortController();
    const query: Query = { text: 'a', signal };
    void find('a', signal);
    void search(query);
    const [[id, ofFind] = [], [searched] = []] = given;
    expect(id).toBe('a');
    expect(ofFind).toBeInstanceOf(AbortSignal);
    expect(ofFind).not.toBe(signal);
    expect(searched).toEqual({ text: 'a', signal: expect.any(AbortSignal) as unknown });
    expect((searched as Query).signal).not.toBe(signal);
    expect(query.signal).toBe(signal);
  });

  it('is none where the caller gave none', async () => {
    const { given, find, search } = setUp();
    void find('a');
    const query = { text: 'a' };
    void search(query);
    expect(given).toEqual([['a', undefined], [query]]);
    expect(given[1]?.[0]).toBe(query);
  });

  it('reaches the instance of a class as it is: only its owner knows how to copy it', async () => {
    class Request {
      readonly url: string;
      readonly signal: AbortSignal;
      constructor(url: string, signal: AbortSignal) {
        this.url = url;
        this.signal = signal;
      }
    }
    const { cache, load, given, source } = setUp();
    const get = cache.cached(async (request: Request, signal?: AbortSignal) => load(request, signal), {
      id: 'get',
      omit: ['signal'],
    });
    const controller = new AbortController();
    const request = new Request('/', controller.signal);
    const call = get(request);
    void get(new Request('/other', controller.signal), new AbortController().signal);
    expect(given[0]?.[0]).toBe(request);
    expect(given[1]?.[0]).toBeInstanceOf(Request);
    controller.abort();
    source.open('v');
    expect(await call).toBe('v');
  });

  it('leaves the other arguments what they are', () => {
    const { cache, load, given } = setUp();
    const list = cache.cached(async (page: object, signal?: AbortSignal) => load(page, signal), {
      id: 'list',
    });
    const page = { from: 1 };
    void list(page, new AbortController().signal);
    expect(given[0]?.[0]).toBe(page);
  });

  it('ends the wait of its caller only', async () => {
    const { source, load, find, search } = setUp();
    const controller = new AbortController();
    const { signal } = controller;
    const leaving = [find('a', signal), search({ text: 'a', signal })];
    const staying = [find('a', new AbortController().signal), search({ text: 'a' })];
    const reason = new Error('enough');
    controller.abort(reason);
    for (const call of leaving) await expect(call).rejects.toBe(reason);
    source.open('v');
    expect(await Promise.all(staying)).toEqual(['v', 'v']);
    expect(load).toHaveBeenCalledTimes(2);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it("aborts the loader's when the last caller leaves", async () => {
    const { given, find, search } = setUp();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.flatMap(({ signal }) => [
      find('a', signal).catch(() => 'left'),
      search({ text: 'a', signal }).catch(() => 'left'),
    ]);
    const aborted = (): unknown[] => [
      (given[0]?.[1] as AbortSignal | undefined)?.aborted,
      (given[1]?.[0] as Query | undefined)?.signal?.aborted,
    ];
    controllers[0]?.abort();
    expect(aborted()).toEqual([false, false]);
    controllers[1]?.abort();
    expect(aborted()).toEqual([true, true]);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['left']));
  });

  it('that was aborted before keeps the function from running, and a hit is still served', async () => {
    const { source, load, find } = setUp();
    const reason = new Error('too late');
    await expect(find('a', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(load).not.toHaveBeenCalled();
    source.open('v');
    await find('a');
    expect(await find('a', AbortSignal.abort(reason))).toBe('v');
  });

  it('is the one that was given at the call, though its object is used again for another one', async () => {
    const { find: _, search } = setUp();
    const [one, two] = [new AbortController(), new AbortController()];
    const query: Query = { text: 'a', signal: one.signal };
    const first = search(query);
    query.signal = two.signal;
    const second = search(query).catch(() => 'left');
    const reason = new Error('one');
    one.abort(reason);
    await expect(first).rejects.toBe(reason);
    two.abort();
    expect(await second).toBe('left');
    for (const { signal } of [one, two]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('of an explicit refresh aborts that, and what was there stays', async () => {
    const { cache, given, find } = setUp();
    await cache.set(find.keyOf('a'), 'old');
    const controller = new AbortController();
    const refreshed = find.refresh('a', controller.signal);
    await Promise.resolve();
    controller.abort(new Error('enough'));
    await expect(refreshed).rejects.toThrow('enough');
    expect((given[0]?.[1] as AbortSignal | undefined)?.aborted).toBe(true);
    expect(await find('a')).toBe('old');
  });
});
