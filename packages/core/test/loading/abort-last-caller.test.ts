import type { GetOrSetOptions, LoaderContext } from '@keepsake/core';
import { gate, recorded, unhandledRejections } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { listening } from './listening-load.js';

describe('the last caller that leaves', () => {
  /** Two callers of a load, both of whom leave. */
  async function left(source = gate<string>()) {
    const { cache, clock } = fixture();
    const { signals, load } = listening(source);
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [one, two].map(({ signal }) =>
      cache.getOrSet('k', load, { signal }).catch((error: unknown) => error),
    );
    await clock.advance(0);
    one.abort('first');
    expect(signals[0]?.aborted).toBe(false);
    two.abort('last');
    expect(await Promise.all(calls)).toEqual(['first', 'last']);
    return { cache, clock, source, signals, load };
  }

  it("aborts the loader's signal, with its reason", async () => {
    const { signals } = await left();
    expect(signals[0]).toMatchObject({ aborted: true, reason: 'last' });
  });

  it('aborts it for a loader that asks for the signal only then', async () => {
    const { cache, clock } = fixture();
    const source = gate<void>();
    const controller = new AbortController();
    let found: unknown;
    const load = async (context: LoaderContext<void>): Promise<void> => {
      await source.promise;
      found = [context.signal.aborted, context.signal.reason];
    };
    const call = cache.getOrSet('k', load, { signal: controller.signal }).catch(() => undefined);
    controller.abort('gone');
    source.open();
    await call;
    await clock.advance(0);
    expect(found).toEqual([true, 'gone']);
  });

  it('leaves the next one to start anew', async () => {
    const { cache, clock, source } = await left();
    const next = gate<string>();
    const call = cache.getOrSet('k', () => next.promise);
    source.open('old');
    await clock.advance(0);
    next.open('new');
    expect(await call).toBe('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('does not have stored what a loader returns that was told to stop: it may be a part', async () => {
    const { cache, clock, source } = await left();
    source.open('a part');
    await clock.advance(0);
    expect(await cache.getOrSet('k', () => 'the whole')).toBe('the whole');
  });

  it('has stored what a loader returns that never looked whether it was to stop', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const controller = new AbortController();
    const call = cache.getOrSet('k', () => source.promise, { signal: controller.signal });
    controller.abort('gone');
    await expect(call).rejects.toBe('gone');
    source.open('after all');
    await clock.advance(0);
    expect(await cache.getOrSet('k', () => 'never')).toBe('after all');
  });

  it('does not have that stored after a delete', async () => {
    const { cache, clock, source } = await left();
    await cache.delete('k');
    source.open('after all');
    await clock.advance(0);
    expect(await cache.has('k')).toBe(false);
  });

  it('has nobody hear of the failure of the loader but the listeners', async () => {
    const rejections = unhandledRejections();
    const { cache, clock, source } = await left();
    const stream = recorded(cache);
    source.fail(new Error('aborted, as asked'));
    await clock.advance(0);
    expect(stream).toMatchObject([['loadError', { missed: false }]]);
    expect(await rejections.stop()).toEqual([]);
  });

  it('has the error of the loader not remembered: it is no answer', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const controller = new AbortController();
    const cacheErrors = jest.fn(() => '1m' as const);
    const options: GetOrSetOptions<string> = { cacheErrors, signal: controller.signal };
    const call = cache.getOrSet('k', () => source.promise, options).catch(() => 'left');
    controller.abort();
    source.fail(new Error('aborted, as asked'));
    expect(await call).toBe('left');
    await clock.advance(0);
    expect(await cache.getOrSet('k', () => 'v')).toBe('v');
    expect(cacheErrors).not.toHaveBeenCalled();
  });

  it('has that error taken for no failure of the source: the next caller does not get a stale value for it', async () => {
    const { cache, clock } = fixture();
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    await cache.set('k', 'old', options);
    await clock.advance('1m');
    const source = gate<string>();
    const controller = new AbortController();
    const call = cache
      .getOrSet('k', () => source.promise, { ...options, signal: controller.signal })
      .catch(() => 'left');
    controller.abort();
    source.fail(new Error('aborted, as asked'));
    expect(await call).toBe('left');
    await clock.advance(0);
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('new');
  });

  it('has no load started for nobody, however long this one takes', async () => {
    const { clock, load } = await left();
    await clock.advance('5m');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('aborts nothing that a caller without a signal waits for', async () => {
    const { cache } = fixture();
    const source = gate<string>();
    const { signals, load } = listening(source);
    const controller = new AbortController();
    const patient = cache.getOrSet('k', load);
    const call = cache.getOrSet('k', load, { signal: controller.signal }).catch(() => 'left');
    controller.abort();
    expect(await call).toBe('left');
    expect(signals[0]?.aborted).toBe(false);
    source.open('v');
    expect(await patient).toBe('v');
  });
});
