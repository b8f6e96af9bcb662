import { getEventListeners } from 'node:events';
import { CacheConfigError, type GetOrSetOptions, type LoaderContext } from '@keepsake/core';
import { type Gate, gate, recorded, unhandledRejections } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** A loader that waits for `source`, and the signals that its loads were given. */
function loading<V>(source: Gate<V>) {
  const signals: AbortSignal[] = [];
  const load = jest.fn(({ signal }: LoaderContext<V>) => {
    signals.push(signal);
    return source.promise;
  });
  return { signals, load };
}

describe('the signal of a caller', () => {
  it('ends the wait of that caller with its own reason, and the load goes on for the others', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = loading(source);
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [
      cache.getOrSet('k', load, { signal: one.signal }),
      cache.getOrSet('k', load, { signal: two.signal }),
      cache.getOrSet('k', load),
    ];
    const [mine, yours] = [new Error('mine'), new Error('yours')];
    one.abort(mine);
    await expect(calls[0]).rejects.toBe(mine);
    two.abort(yours);
    await expect(calls[1]).rejects.toBe(yours);
    await clock.advance(0);
    source.open('loaded');
    expect(await calls[2]).toBe('loaded');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect(await cache.get('k')).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('has the reason that the platform gives where none was given', async () => {
    const { cache } = fixture();
    const controller = new AbortController();
    const call = cache.getOrSet('k', loading(gate()).load, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each(['text', 0, null])('rejects with whatever the reason is: %p', async (reason) => {
    const { cache } = fixture();
    const controller = new AbortController();
    const call = cache.getOrSet('k', loading(gate()).load, { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('that was aborted before keeps the loader from running', async () => {
    const { cache } = fixture();
    const load = jest.fn(() => 'never');
    const reason = new Error('too late');
    await expect(cache.getOrSet('k', load, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(load).not.toHaveBeenCalled();
    expect(await cache.getOrSet('k', () => 'v')).toBe('v');
  });

  it('that was aborted before does not keep it from a hit', async () => {
    const { cache } = fixture();
    await cache.set('k', 'there');
    expect(await cache.getOrSet('k', () => 'never', { signal: AbortSignal.abort() })).toBe('there');
  });

  it('does not outlive the call: no listener is left, whatever became of it', async () => {
    const { cache } = fixture();
    const { signal } = new AbortController();
    const aborted = new AbortController();
    const [first, second] = [gate<string>(), gate<string>()];
    const calls = [
      cache.getOrSet('loaded', () => first.promise, { signal }),
      cache.getOrSet('loaded', () => 'never', { signal }),
      cache.getOrSet('failed', () => second.promise, { signal }).catch(() => 'failed'),
      cache.getOrSet('left', () => gate().promise, { signal: aborted.signal }).catch(() => 'left'),
    ];
    expect([listeners(signal), listeners(aborted.signal)]).toEqual([3, 1]);
    first.open('v');
    second.fail(new Error('down'));
    aborted.abort();
    expect(await Promise.all(calls)).toEqual(['v', 'v', 'failed', 'left']);
    expect([listeners(signal), listeners(aborted.signal)]).toEqual([0, 0]);
    await cache.getOrSet('loaded', () => 'never', { signal });
    expect(listeners(signal)).toBe(0);
  });

  it('leaves no listener where a stale value was served in place of the load', async () => {
    const { cache, clock } = fixture();
    const { signal } = new AbortController();
    const options = { ttl: '1m', staleIfError: '1h', softTimeout: '1s' } as const;
    await cache.set('k', 'old', { ttl: '1m', staleIfError: '1h' });
    await clock.advance('1m');
    const call = cache.getOrSet('k', loading(gate()).load, { ...options, signal });
    await clock.advance('1s');
    expect(await call).toBe('old');
    expect(listeners(signal)).toBe(0);
  });

  it('after the value has come changes nothing', async () => {
    const { cache, clock } = fixture();
    const controller = new AbortController();
    let loaderSignal: AbortSignal | undefined;
    const load = ({ signal }: LoaderContext<string>): string => {
      loaderSignal = signal;
      return 'v';
    };
    expect(await cache.getOrSet('k', load, { signal: controller.signal })).toBe('v');
    controller.abort();
    await clock.advance(0);
    expect(loaderSignal?.aborted).toBe(false);
    expect(await cache.get('k')).toBe('v');
  });

  it.each([[{}], [null], ['abort'], [new AbortController()]])('has to be one, not %p', async (signal) => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', () => 1, { signal: signal as never });
    await expect(call).rejects.toThrow(CacheConfigError);
    await expect(call).rejects.toThrow(/signal: .* was given\. Allowed: an AbortSignal\./);
  });
});

describe('the last caller that leaves', () => {
  /** Two callers of a load, both of whom leave. */
  async function left(source = gate<string>()) {
    const { cache, clock } = fixture();
    const { signals, load } = loading(source);
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
    const { signals, load } = loading(source);
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

describe('a refresh that wants the value', () => {
  it.each([
    ['an early one', { ttl: '10m', earlyRefresh: 0.95 }, '570s'],
    ['one of a stale value', { ttl: '570s', staleWhileRevalidate: '30s' }, '570s'],
  ] as const)('is not aborted by a caller that joins it and leaves: %s', async (_which, options, after) => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = loading(source);
    await cache.getOrSet('k', () => 'old', options);
    await clock.advance(after);
    expect(await cache.getOrSet('k', load, options)).toBe('old');
    await clock.advance('30s');
    const controller = new AbortController();
    const joined = cache.getOrSet('k', load, { ...options, signal: controller.signal }).catch(() => 'left');
    await clock.advance(0);
    controller.abort();
    expect(await joined).toBe('left');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    source.open('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('goes on for a caller that was given the stale value when the load was slow', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = loading(source);
    await cache.set('k', 'old', { ttl: '1m', staleIfError: '1h' });
    await clock.advance('1m');
    const controller = new AbortController();
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    const patient = { ...options, signal: controller.signal };
    const calls = [
      cache.getOrSet('k', load, { ...options, softTimeout: '1s' }),
      cache.getOrSet('k', load, patient).catch(() => 'left'),
    ];
    await clock.advance('1s');
    controller.abort();
    expect(await Promise.all(calls)).toEqual(['old', 'left']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    source.open('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('started by a caller whose signal is aborted later goes on', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = loading(source);
    const options = { ttl: '10m', earlyRefresh: 0.5 } as const;
    await cache.getOrSet('k', () => 'old', options);
    await clock.advance('5m');
    const controller = new AbortController();
    expect(await cache.getOrSet('k', load, { ...options, signal: controller.signal })).toBe('old');
    controller.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    source.open('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });
});

it('the signal of a caller ends its wait though the source is spared just then', async () => {
  const { cache, clock } = fixture();
  await cache.set('k', 'old', { ttl: '1m', staleIfError: '1m' });
  await clock.advance('1m');
  const options = { ttl: '1m', staleIfError: '1m', retryAfter: '1h' } as const;
  const down = (): Promise<string> => Promise.reject(new Error('down'));
  expect(await cache.getOrSet('k', down, options)).toBe('old');
  await clock.advance('1m');
  const controller = new AbortController();
  const call = cache.getOrSet('k', loading(gate<string>()).load, { ...options, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});
