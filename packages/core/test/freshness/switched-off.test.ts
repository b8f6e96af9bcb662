import type { FreshnessOptions } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';

const DEFAULTS = {
  staleWhileRevalidate: '1m',
  staleIfError: '1h',
  softTimeout: '1s',
  hardTimeout: '5s',
  earlyRefresh: 0.5,
} as const satisfies FreshnessOptions;

describe('false in a policy', () => {
  it.each(['staleWhileRevalidate', 'staleIfError'] as const)('switches %s of the cache off', async (name) => {
    const { cache } = fixture(DEFAULTS);
    const off = { ...DEFAULTS, staleWhileRevalidate: false, staleIfError: false } as const;
    await cache.getOrSet('k', () => 1, { ...off, [name]: DEFAULTS[name] });
    await cache.getOrSet('none', () => 1, off);
    const [kept, none] = [await cache.entry('k'), await cache.entry('none')];
    expect((kept?.expiresAt ?? 0) - (kept?.staleAt ?? 0)).toBe(name === 'staleIfError' ? 3_600_000 : 60_000);
    expect(none?.expiresAt).toBe(none?.staleAt);
  });

  it('switches the timeouts of the cache off: the caller waits', async () => {
    const { cache, clock } = fixture({ ...DEFAULTS, ttl: '1m' });
    const slow = cache.cached(
      () => new Promise<string>((resolve) => void clock.after(30_000, () => resolve('value'))),
      { id: 'slow', hardTimeout: false, softTimeout: false },
    );
    const value = slow();
    await clock.advance('30s');
    expect(await value).toBe('value');
  });

  it('switches the early refresh of the cache off', async () => {
    const { cache, clock } = fixture(DEFAULTS);
    let loads = 0;
    const load = async (): Promise<number> => (loads += 1);
    await cache.getOrSet('k', load, { earlyRefresh: false });
    await clock.advance('50m');
    await cache.getOrSet('k', load, { earlyRefresh: false });
    await clock.advance(0);
    expect(loads).toBe(1);
    await cache.getOrSet('k', load);
    await clock.advance(0);
    expect(loads).toBe(2);
  });

  it('is none of the values of jitter and retryAfter', () => {
    expect(() => fixture({ jitter: false as never })).toThrow('jitter: false was given');
    expect(() => fixture({ retryAfter: false as never })).toThrow('retryAfter: false is not a duration');
  });
});
