import type { Cache } from '@keepsake/core';
import { Fleet, within } from '../cache/fleet.js';
import { nothingGoesUnhandled } from './scene.js';

nothingGoesUnhandled();

// What the model test of @keepsake/testing found, each as small as it got there.

const never = (): Promise<string> => new Promise(() => undefined);

describe('a load that was invalidated', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['a tag', (cache) => cache.invalidateTags(['t'])],
    ['a mark', (cache) => cache.markStale('k')],
    ['a touch', (cache) => cache.touch('k', '1s')],
  ])('does not keep its lease from the next one: by %s', async (_, invalidate) => {
    const fleet = new Fleet();
    const { cache } = fleet.node();
    const options = { ttl: '1s', staleIfError: '1h', tags: ['t'] } as const;
    await cache.set('k', 'old', options);
    await fleet.clock.advance('2s');
    void cache.getOrSet('k', never, options);
    await fleet.clock.advance(0);
    await invalidate(cache);
    await fleet.clock.advance('2s');
    expect(
      await within(
        fleet.clock,
        2000,
        cache.getOrSet('k', async () => 'new', options),
      ),
    ).toBe('new');
  });

  it('is not taken over for those whom its value reached all the same', async () => {
    const fleet = new Fleet();
    const { cache } = fleet.node();
    let loads = 0;
    const load = async (): Promise<number> => {
      loads++;
      await new Promise<void>((resolve) => fleet.clock.after(70_000, resolve));
      return loads;
    };
    const calls = [1, 2].map(() => cache.getOrSet('k', load, { ttl: '1s' }));
    await fleet.clock.advance(0);
    await cache.delete('k');
    await within(fleet.clock, 70_000, Promise.all(calls));
    await fleet.clock.advance('5m');
    expect(loads).toBe(2);
  });
});

describe('a call that may have a stale value only when its load fails or is slow', () => {
  it('waits while another process loads, although others here were served at once', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const revalidating = { ttl: '1s', staleWhileRevalidate: '1h' } as const;
    const load = async (): Promise<string> => 'old';
    await a.cache.getOrSet('k', load, { ...revalidating, staleIfError: '1h' });
    await b.cache.getOrSet('k', load, revalidating);
    await fleet.clock.advance('2s');
    const slow = (): Promise<string> =>
      new Promise((resolve) => fleet.clock.after(500, () => resolve('new')));
    expect(await a.cache.getOrSet('k', slow, revalidating)).toBe('old');
    expect(await b.cache.getOrSet('k', never, revalidating)).toBe('old');
    await fleet.clock.advance(10);
    const waiting = b.cache.getOrSet('k', never, { ttl: '1s', staleIfError: '1h' });
    expect(await within(fleet.clock, 600, waiting)).toBe('new');
  });
});

describe('a delete that the shared tier has not acknowledged', () => {
  it('reaches other processes also when a load pays the debt', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', async () => 'old', { ttl: '1h' });
    a.wire.controls.down();
    await a.cache.delete('k');
    a.wire.controls.up();
    // Too early: nobody has told the shared tier.
    expect(await b.cache.get('k')).toBe('old');
    expect(await a.cache.getOrSet('k', async () => 'new', { ttl: '1h' })).toBe('new');
    await fleet.clock.advance('1s');
    expect(a.cache.stats().owed).toBe(0);
    expect(await b.cache.get('k')).toBe(undefined);
  });
});

describe('a value that becomes stale while its tags are being looked up', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['one', (cache) => cache.get('k')],
    ['many', async (cache) => (await cache.getMany(['k']))[0]],
  ])('is not served: %s', async (_, read) => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', { ttl: '1s', staleIfError: '1h', tags: ['t'] });
    b.wire.controls.delay(20);
    await fleet.clock.advance(970);
    expect(await within(fleet.clock, 100, read(b.cache))).toBe(undefined);
  });
});

describe('a caller who is answered while its value is being stored', () => {
  it('counts once, though another load of the key ends before that', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const load = (): Promise<string> => new Promise((resolve) => fleet.clock.after(200, () => resolve('v')));
    wire.controls.hang('fill');
    await within(fleet.clock, 200, cache.getOrSet('k', load, { ttl: '1h' }));
    expect(await cache.getOrSet('k', async () => 'v', { ttl: '1h', hardTimeout: 100 })).toBe('v');
    await fleet.clock.advance('1s');
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 2, coalesced: 0 });
  });
});
