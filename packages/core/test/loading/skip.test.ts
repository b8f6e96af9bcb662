import { type LoaderContext, loaderContext } from '@keepsake/core';
import { Fleet, gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

describe('`skip`', () => {
  it('hands the value to all who wait, and stores nothing', async () => {
    const { cache } = fixture();
    const source = gate<string>();
    const load = jest.fn(({ skip }: LoaderContext<string>) => {
      skip();
      return source.promise;
    });
    const calls = [cache.getOrSet('k', load), cache.getOrSet('k', load)];
    source.open('partial');
    expect(await Promise.all(calls)).toEqual(['partial', 'partial']);
    expect(await cache.has('k')).toBe(false);
    await cache.getOrSet('k', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('leaves what is there', async () => {
    const { cache } = fixture();
    const values = ['old', 'partial'];
    const find = cache.cached(
      async () => {
        if (values.length === 1) loaderContext().skip();
        return values.shift();
      },
      { id: 'find' },
    );
    await find();
    expect(await find.refresh()).toBe('partial');
    expect(await find()).toBe('old');
  });

  it('lets the next process load at once', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', ({ skip }) => skip(), { ttl: '1h' });
    await fleet.clock.advance(0);
    expect(await b.cache.getOrSet('k', () => 'b', { ttl: '1h' })).toBe('b');
  });

  it('is for those who waited: whoever comes next loads, though the lease is still being let go', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ ttl: '1h' });
    wire.controls.delay(100, 'release');
    const load = ({ skip }: LoaderContext<string>): string => {
      skip();
      return 'partial';
    };
    expect(await cache.getOrSet('k', load)).toBe('partial');
    const next = cache.getOrSet('k', () => 'whole');
    await fleet.clock.advance(200);
    expect(await next).toBe('whole');
  });

  it('wins over a ttl that was set, before or after', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', ({ skip, setTtl }) => {
      setTtl('1m');
      skip();
      setTtl('2m');
    });
    expect(await cache.has('k')).toBe(false);
  });
});
