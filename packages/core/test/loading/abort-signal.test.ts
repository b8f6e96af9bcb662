import { getEventListeners } from 'node:events';
import { CacheConfigError, type LoaderContext } from '@keepsake/core';
import { gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { listening } from './listening-load.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('the signal of a caller', () => {
  it('ends the wait of that caller with its own reason, and the load goes on for the others', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = listening(source);
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
    const call = cache.getOrSet('k', listening(gate()).load, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each(['text', 0, null])('rejects with whatever the reason is: %p', async (reason) => {
    const { cache } = fixture();
    const controller = new AbortController();
    const call = cache.getOrSet('k', listening(gate()).load, { signal: controller.signal });
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
    expect([listeners(signal), listeners(aborted.signal)]).toEqual([1, 1]);
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
    const call = cache.getOrSet('k', listening(gate()).load, { ...options, signal });
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

it('the signal of a caller ends its wait though the source is spared just then', async () => {
  const { cache, clock } = fixture();
  await cache.set('k', 'old', { ttl: '1m', staleIfError: '1m' });
  await clock.advance('1m');
  const options = { ttl: '1m', staleIfError: '1m', retryAfter: '1h' } as const;
  const down = (): Promise<string> => Promise.reject(new Error('down'));
  expect(await cache.getOrSet('k', down, options)).toBe('old');
  await clock.advance('1m');
  const controller = new AbortController();
  const call = cache.getOrSet('k', listening(gate<string>()).load, { ...options, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});
