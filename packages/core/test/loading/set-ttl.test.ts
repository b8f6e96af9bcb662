import { CacheConfigError, type LoaderContext } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';

describe('`setTtl`', () => {
  const lifeOf = async ({ cache }: ReturnType<typeof fixture>): Promise<number> => {
    const { createdAt = 0, staleAt = 0 } = (await cache.entry('k')) ?? {};
    return staleAt - createdAt;
  };

  it.each([
    ['5s', 5000],
    [1500, 1500],
    ['forever', Number.POSITIVE_INFINITY],
    ['profile:short', 10_000],
  ] as const)('has %p hold in place of the ttl of the call', async (ttl, life) => {
    const scene = fixture({ profiles: { short: '10s' } });
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl(ttl), { ttl: '1h' });
    expect(await lifeOf(scene)).toBe(life);
  });

  it('may be called after an `await`, and the last call holds', async () => {
    const scene = fixture();
    const load = async ({ setTtl }: LoaderContext<string>): Promise<string> => {
      setTtl('1m');
      await Promise.resolve();
      setTtl('2m');
      return 'v';
    };
    await scene.cache.getOrSet('k', load, { ttl: () => '1h' });
    expect(await lifeOf(scene)).toBe(120_000);
  });

  it('is shortened by jitter like any ttl', async () => {
    const scene = fixture({ jitter: 0.5, random: () => 0.5 });
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl('1m'));
    expect(await lifeOf(scene)).toBe(45_000);
  });

  it('holds for this load only', async () => {
    const scene = fixture();
    await scene.cache.getOrSet('k', ({ setTtl }) => setTtl('1m'), { ttl: '1h' });
    await scene.clock.advance('1m');
    await scene.cache.getOrSet('k', () => undefined, { ttl: '1h' });
    expect(await lifeOf(scene)).toBe(3_600_000);
  });

  it.each([
    [0, 'setTtl: 0'],
    [-1, 'setTtl: -1'],
    ['soon', "setTtl: 'soon'"],
    [undefined, 'setTtl: undefined'],
    ['profile:none', "there is no profile 'none'"],
  ])('refuses %p where it is called', async (ttl, message) => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', ({ setTtl }) => {
      expect(() => setTtl(ttl as never)).toThrow(CacheConfigError);
      setTtl(ttl as never);
    });
    await expect(call).rejects.toThrow(message);
    expect(await cache.has('k')).toBe(false);
  });

  it('does not store what `when` refuses', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', ({ setTtl }) => setTtl('1m'), { when: () => false });
    expect(await cache.has('k')).toBe(false);
  });
});
