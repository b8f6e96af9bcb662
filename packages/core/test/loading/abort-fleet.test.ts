import type { LoaderContext } from '@keepsake/core';
import { Fleet, type Gate, gate, unhandledRejections, within } from '../cache/fleet.js';

const HOUR = { ttl: '1h' } as const;

describe('the signal of a caller, over a shared tier', () => {
  it('ends its wait for a load in another process, which goes on', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = gate<string>();
    const elsewhere = a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    const load = jest.fn(() => 'never');
    const controller = new AbortController();
    const call = b.cache.getOrSet('k', load, { ...HOUR, signal: controller.signal });
    await fleet.clock.advance('1s');
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(within(fleet.clock, 0, call)).rejects.toBe(reason);
    const asked = b.wire.controls.calls.acquire;
    await fleet.clock.advance('1s');
    expect(b.wire.controls.calls.acquire).toBe(asked);
    source.open('v');
    expect(await elsewhere).toBe('v');
    expect(load).not.toHaveBeenCalled();
  });

  it('is no failure of the source: the next caller gets no stale value for it', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    await a.cache.getOrSet('k', () => 'old', options);
    await fleet.clock.advance('1m');
    const source = gate<string>();
    void a.cache.getOrSet('k', () => source.promise, options);
    await fleet.clock.advance(0);
    const controller = new AbortController();
    const left = b.cache.getOrSet('k', () => 'never', { ...options, signal: controller.signal });
    await fleet.clock.advance('1s');
    controller.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    await fleet.clock.advance(100);
    const next = b.cache.getOrSet('k', () => 'never', options);
    await fleet.clock.advance(100);
    source.open('new');
    expect(await within(fleet.clock, 100, next)).toBe('new');
  });

  it('leaves the others of this process waiting for it', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = gate<string>();
    void a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    const controller = new AbortController();
    const load = jest.fn(() => 'never');
    const leaving = b.cache.getOrSet('k', load, { ...HOUR, signal: controller.signal }).catch(() => 'left');
    const staying = b.cache.getOrSet('k', load, HOUR);
    await fleet.clock.advance('1s');
    controller.abort();
    expect(await leaving).toBe('left');
    source.open('v');
    expect(await within(fleet.clock, 100, staying)).toBe('v');
    expect(load).not.toHaveBeenCalled();
  });

  it('keeps the loader from running if it comes while the tiers are still asked', async () => {
    const rejections = unhandledRejections();
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    a.wire.controls.delay(50);
    const load = jest.fn(() => 'never');
    const controller = new AbortController();
    const call = a.cache.getOrSet('k', load, { ...HOUR, signal: controller.signal });
    await fleet.clock.advance(60);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await fleet.clock.advance('1s');
    expect(load).not.toHaveBeenCalled();
    expect(await rejections.stop()).toEqual([]);
    const other = b.cache.getOrSet('k', () => 'b', HOUR);
    expect(await within(fleet.clock, 0, other)).toBe('b');
  });

  it('gives back a lease that comes too late, but not that of the next caller', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    await cache.set('other', 1);
    wire.controls.delay(20, 'acquire');
    wire.controls.delay(20, 'release');
    const controller = new AbortController();
    const left = cache.getOrSet('k', () => 'never', { ...HOUR, signal: controller.signal });
    await fleet.clock.advance(5);
    controller.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    const source = gate<string>();
    const next = cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(100);
    source.open('v');
    expect(await within(fleet.clock, 100, next)).toBe('v');
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'v' });
  });

  it.each([
    ['fails', (source: Gate<string>) => source.fail(new Error('aborted, as asked'))],
    ['returns a part', (source: Gate<string>) => source.open('a part')],
  ])('leaves the lease to the next caller, though the aborted loader still %s', async (_how, settle) => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const [old, next] = [gate<string>(), gate<string>()];
    const controller = new AbortController();
    const told = ({ signal }: LoaderContext<string>): Promise<string> =>
      signal.aborted ? Promise.resolve('never') : old.promise;
    const left = cache.getOrSet('k', told, { ...HOUR, signal: controller.signal });
    await fleet.clock.advance(0);
    controller.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    const call = cache.getOrSet('k', () => next.promise, HOUR);
    await fleet.clock.advance(0);
    settle(old);
    await fleet.clock.advance(0);
    next.open('new');
    expect(await call).toBe('new');
    await fleet.clock.advance(0);
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'new' });
  });

  it("aborts the loader's signal when the last one leaves, and lets go of the lease when it settles", async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const controller = new AbortController();
    const load = ({ signal }: LoaderContext<string>): Promise<string> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const call = a.cache.getOrSet('k', load, { ...HOUR, signal: controller.signal });
    await fleet.clock.advance('10s');
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await fleet.clock.advance(0);
    const other = b.cache.getOrSet('k', () => 'b', HOUR);
    expect(await within(fleet.clock, 0, other)).toBe('b');
  });

  it('has the lease of an aborted load run out, so that a loader that hangs holds nobody up', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const controller = new AbortController();
    const load = (): Promise<string> => new Promise(() => undefined);
    const call = a.cache.getOrSet('k', load, { ...HOUR, signal: controller.signal }).catch(() => 'left');
    await fleet.clock.advance('10s');
    controller.abort();
    expect(await call).toBe('left');
    const other = b.cache.getOrSet('k', () => 'b', HOUR);
    expect(await within(fleet.clock, 5100, other)).toBe('b');
  });

  it('does not keep it from what a slower tier has, unless it was aborted before', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'there');
    const call = (signal: AbortSignal): Promise<string> =>
      b.cache.getOrSet('k', () => 'never', { ...HOUR, signal });
    await expect(call(AbortSignal.abort('too late'))).rejects.toBe('too late');
    expect(await call(new AbortController().signal)).toBe('there');
    expect(await call(AbortSignal.abort('too late'))).toBe('there');
  });
});

it('the signal of a caller that leaves while a spared source is made sure of keeps the loader from running', async () => {
  const fleet = new Fleet();
  const { cache, wire } = fleet.node();
  const options = { ttl: '1m', staleIfError: '1m', retryAfter: '1h' } as const;
  await cache.getOrSet('k', () => 'old', options);
  await fleet.clock.advance('1m');
  const down = (): Promise<string> => Promise.reject(new Error('down'));
  expect(await cache.getOrSet('k', down, options)).toBe('old');
  await fleet.clock.advance('1m');
  wire.controls.delay(100);
  const controller = new AbortController();
  const load = jest.fn(() => new Promise<string>(() => undefined));
  const call = cache.getOrSet('k', load, { ...options, signal: controller.signal });
  await fleet.clock.advance(50);
  controller.abort(new Error('enough'));
  await expect(within(fleet.clock, 1000, call)).rejects.toThrow('enough');
  expect(load).not.toHaveBeenCalled();
});
