import { gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { listening } from './listening-load.js';

describe('a refresh that wants the value', () => {
  it.each([
    ['an early one', { ttl: '10m', earlyRefresh: 0.95 }, '570s'],
    ['one of a stale value', { ttl: '570s', staleWhileRevalidate: '30s' }, '570s'],
  ] as const)('is not aborted by a caller that joins it and leaves: %s', async (_which, options, after) => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const { signals, load } = listening(source);
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
    const { signals, load } = listening(source);
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
    const { signals, load } = listening(source);
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
