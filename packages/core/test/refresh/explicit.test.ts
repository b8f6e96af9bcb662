import { type Cache, createCache } from '@keepsake/core';
import { Fleet, gate, within } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

/** A function whose every load waits for the next of `sources`. */
function counted(cache: Cache, ...sources: Promise<string>[]) {
  const signals: AbortSignal[] = [];
  const load = async (signal?: AbortSignal): Promise<string> => {
    if (signal) signals.push(signal);
    return sources.shift() ?? 'none left';
  };
  return { counted: cache.cached(load, { id: 'counted', ttl: '1h' }), signals };
}

/** A cache over a shared tier alone. */
function shared(fleet: Fleet): Cache {
  return createCache({ backend: fleet.node().wire, clock: fleet.clock, jitter: 0 });
}

describe('an explicit refresh', () => {
  it('lets everybody else have what is there meanwhile', async () => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    const { counted: call } = counted(cache, Promise.resolve('old'), next.promise);
    await call();
    const refreshed = call.refresh();
    await clock.advance(0);
    expect(await call()).toBe('old');
    next.open('new');
    expect(await refreshed).toBe('new');
    expect(await call()).toBe('new');
  });

  it('does so over a shared tier alone too', async () => {
    const fleet = new Fleet();
    const next = gate<string>();
    const { counted: call } = counted(shared(fleet), Promise.resolve('old'), next.promise);
    await call();
    await fleet.clock.advance(0);
    const refreshed = call.refresh();
    await fleet.clock.advance(0);
    expect(await within(fleet.clock, 0, call())).toBe('old');
    next.open('new');
    expect(await refreshed).toBe('new');
    await fleet.clock.advance(0);
    expect(await call()).toBe('new');
  });

  it('still ends with the caller who asked for it, though others were served meanwhile', async () => {
    const fleet = new Fleet();
    const { counted: call, signals } = counted(shared(fleet), Promise.resolve('old'), gate<string>().promise);
    await call();
    await fleet.clock.advance(0);
    const controller = new AbortController();
    const refreshed = call.refresh(controller.signal);
    await fleet.clock.advance(0);
    expect(await within(fleet.clock, 0, call())).toBe('old');
    controller.abort(new Error('enough'));
    await expect(refreshed).rejects.toThrow('enough');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is waited for by whoever finds nothing', async () => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    const { counted: call } = counted(cache, next.promise);
    const calls = [call.refresh(), call(), call()];
    await clock.advance(0);
    next.open('new');
    expect(await Promise.all(calls)).toEqual(['new', 'new', 'new']);
  });

  it('that fails leaves the value that was there, and rejects', async () => {
    const { cache } = fixture();
    const { counted: call } = counted(cache, Promise.resolve('old'), Promise.reject(new Error('down')));
    await call();
    await expect(call.refresh()).rejects.toThrow('down');
    expect(await call()).toBe('old');
  });
});
