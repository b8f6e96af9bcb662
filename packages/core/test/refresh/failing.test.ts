import { gate, recorded, unhandledRejections } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const EARLY = { ttl: '10m', earlyRefresh: 0.8 } as const;

/** Succeeds with 'old' at first, and then fails until it is told otherwise. */
function failing() {
  const error = new Error('the source is down');
  const load = jest.fn<Promise<string>, []>().mockResolvedValueOnce('old');
  load.mockRejectedValue(error);
  return { error, load };
}

describe('an early refresh that fails', () => {
  it('costs nothing but an event', async () => {
    const rejections = unhandledRejections();
    const { cache, clock } = fixture();
    const { error, load } = failing();
    await cache.getOrSet('k', load, EARLY);
    await clock.advance('9m');
    const stream = recorded(cache);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
    await clock.advance(0);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
    const named = { path: 'keepsake', key: 'k' };
    expect(stream).toEqual([
      ['hit', { ...named, tier: 'memory' }],
      ['loadError', { ...named, duration: 0, error, missed: false }],
      ['hit', { ...named, tier: 'memory' }],
    ]);
    expect(cache.stats()).toMatchObject({ misses: 1, loadErrors: 1, staleHits: 0 });
    expect(await rejections.stop()).toEqual([]);
  });

  it('that throws before it returns a promise does not break the hit either', async () => {
    const { cache, clock } = fixture();
    await cache.set('k', 'old', { ttl: '10m' });
    await clock.advance('9m');
    const load = (): string => {
      throw new Error('at once');
    };
    expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
  });

  it.each([
    [{}, 1000],
    [{ retryAfter: '30s' }, 30_000],
  ] as const)('spares the source for retryAfter: %p', async (options, pause) => {
    const { cache, clock } = fixture();
    const { load } = failing();
    const policy = { ...EARLY, ...options };
    await cache.getOrSet('k', load, policy);
    await clock.advance('8m');
    await cache.getOrSet('k', load, policy);
    await clock.advance(pause - 1);
    for (let i = 0; i < 10; i++) expect(await cache.getOrSet('k', load, policy)).toBe('old');
    expect(load).toHaveBeenCalledTimes(2);
    await clock.advance(1);
    expect(await cache.getOrSet('k', load, policy)).toBe('old');
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('leaves the value to be served until its end, and then the error of the source', async () => {
    const { cache, clock } = fixture();
    const { error, load } = failing();
    await cache.getOrSet('k', load, EARLY);
    for (let at = 8 * 60_000; at < 600_000; at += 20_000) {
      await clock.advance(at - clock.now() + START);
      expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
    }
    await clock.advance(19_999);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
    await clock.advance(1);
    await expect(cache.getOrSet('k', load, EARLY)).rejects.toBe(error);
  });

  it('that pauses the source does not keep a caller from it once the value is gone', async () => {
    const { cache, clock } = fixture();
    const { load } = failing();
    const policy = { ...EARLY, retryAfter: '5m' } as const;
    await cache.getOrSet('k', load, policy);
    await clock.advance('9m');
    await cache.getOrSet('k', load, policy);
    await clock.advance('1m');
    load.mockResolvedValue('new');
    expect(await cache.getOrSet('k', load, policy)).toBe('new');
  });

  it('hands its error to whoever joined it after the end of the value', async () => {
    const { cache, clock } = fixture();
    const next = gate<string>();
    await cache.set('k', 'old', { ttl: '10m' });
    await clock.advance(599_999);
    await cache.getOrSet('k', () => next.promise, EARLY);
    await clock.advance(1);
    const joined = cache.getOrSet('k', () => 'never', EARLY);
    const error = new Error('down');
    next.fail(error);
    await expect(joined).rejects.toBe(error);
  });

  it('is forgotten as soon as the key is set', async () => {
    const { cache, clock } = fixture();
    const { load } = failing();
    const policy = { ...EARLY, retryAfter: '1h' } as const;
    await cache.getOrSet('k', load, policy);
    await clock.advance('9m');
    await cache.getOrSet('k', load, policy);
    await clock.advance(0);
    await cache.set('k', 'set', { ttl: '10m' });
    await clock.advance('9m');
    load.mockResolvedValue('new');
    expect(await cache.getOrSet('k', load, policy)).toBe('set');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('is forgotten when a later load succeeds', async () => {
    const { cache, clock } = fixture();
    const { load } = failing();
    const policy = { ...EARLY, retryAfter: '1h' } as const;
    await cache.getOrSet('k', load, policy);
    await clock.advance('9m');
    await cache.getOrSet('k', load, policy);
    await clock.advance('1m');
    load.mockResolvedValueOnce('new').mockResolvedValueOnce('newer');
    expect(await cache.getOrSet('k', load, policy)).toBe('new');
    await clock.advance('9m');
    expect(await cache.getOrSet('k', load, policy)).toBe('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('newer');
  });

  it('is forgotten when an explicit refresh succeeds', async () => {
    const { cache, clock } = fixture();
    const { load } = failing();
    const policy = { ...EARLY, retryAfter: '1h', id: 'flaky' } as const;
    const flaky = cache.cached(() => load(), policy);
    await flaky();
    await clock.advance('9m');
    await flaky();
    await clock.advance(0);
    load.mockResolvedValue('new');
    expect(await flaky.refresh()).toBe('new');
    await clock.advance('9m');
    load.mockResolvedValue('newer');
    expect(await flaky()).toBe('new');
    await clock.advance(0);
    expect(await flaky()).toBe('newer');
  });
});

/** What a manual clock shows at first. */
const START = fixture().clock.now();
