import { CacheConfigError, type LoaderContext } from '@keepsake/core';
import { Fleet, gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

describe('`notModified`', () => {
  const REVALIDATED = { ttl: '1m', staleIfError: '1h' } as const;

  it('gives the stale value, which is stored anew with a new ttl', async () => {
    const { cache, clock } = fixture();
    const old = { etag: 'x' };
    await cache.getOrSet('k', () => old, REVALIDATED);
    await clock.advance('2m');
    const load = async ({ notModified }: LoaderContext<object>): Promise<object> => {
      await Promise.resolve();
      return notModified();
    };
    expect(await cache.getOrSet('k', load, REVALIDATED)).toBe(old);
    const at = clock.now();
    expect(await cache.entry('k')).toMatchObject({
      value: old,
      createdAt: at,
      staleAt: at + 60_000,
      expiresAt: at + 3_660_000,
    });
  });

  it('renews a value that is reloaded early', async () => {
    const { cache, clock } = fixture();
    const options = { ttl: '1m', earlyRefresh: 0.5 } as const;
    await cache.getOrSet('k', () => 'old', options);
    await clock.advance('59s');
    await cache.getOrSet('k', ({ notModified }) => notModified(), options);
    await clock.advance('59s');
    expect(await cache.get('k')).toBe('old');
  });

  it('takes a new ttl and tags', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', () => 'old', REVALIDATED);
    await clock.advance('1m');
    const load = ({ notModified, setTtl, tag }: LoaderContext<string>): string => {
      setTtl('10m');
      tag('t');
      return notModified();
    };
    await cache.getOrSet('k', load, REVALIDATED);
    await clock.advance('9m');
    expect(await cache.get('k')).toBe('old');
    await cache.invalidateTags(['t']);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('renews the value for other processes too', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', () => 'old', REVALIDATED);
    await fleet.clock.advance('2m');
    expect(await b.cache.getOrSet('k', ({ notModified }) => notModified(), REVALIDATED)).toBe('old');
    await fleet.clock.advance(0);
    expect(await a.cache.get('k')).toBe('old');
  });

  it('does not bring back what was deleted during the load', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', () => 'old', REVALIDATED);
    await clock.advance('1m');
    const source = gate<void>();
    const load = async ({ notModified }: LoaderContext<string>): Promise<string> => {
      await source.promise;
      return notModified();
    };
    const call = cache.getOrSet('k', load, REVALIDATED);
    await clock.advance(0);
    await cache.delete('k');
    source.open();
    expect(await call).toBe('old');
    await clock.advance(0);
    expect(await cache.entry('k')).toBeUndefined();
  });

  it('is an error where there is no stale value', async () => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', ({ notModified }) => notModified());
    await expect(call).rejects.toThrow(CacheConfigError);
    await expect(call).rejects.toThrow('notModified: there is no stale value. Allowed: where `stale` is set');
  });
});
