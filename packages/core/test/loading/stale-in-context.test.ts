import { createCache, type LoaderContext, loaderContext } from '@keepsake/core';
import { Fleet } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

describe('the stale value in the context', () => {
  const seen: (LoaderContext<string>['stale'] | 'nothing')[] = [];
  const load = ({ stale }: LoaderContext<string>): string => {
    seen.push(stale ?? 'nothing');
    return 'new';
  };

  beforeEach(() => {
    seen.length = 0;
  });

  it('is not there when nothing was', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', load, { ttl: '1m' });
    await clock.advance('1m');
    await cache.getOrSet('k', load, { ttl: '1m' });
    expect(seen).toEqual(['nothing', 'nothing']);
  });

  it.each([
    ['staleWhileRevalidate', { staleWhileRevalidate: '1h' }, '1m'],
    ['staleIfError', { staleIfError: '1h' }, '1m'],
    ['early refresh', { earlyRefresh: 0.5 }, '30s'],
  ] as const)('is what is to be replaced, with its instants: under %s', async (_rule, options, after) => {
    const { cache, clock } = fixture();
    const createdAt = clock.now();
    await cache.getOrSet('k', () => 'old', { ttl: '1m', ...options });
    await clock.advance(after);
    await cache.getOrSet('k', load, { ttl: '1m', ...options });
    await clock.advance(0);
    expect(seen).toEqual([{ value: 'old', createdAt, staleAt: createdAt + 60_000 }]);
  });

  it('is what an explicit refresh replaces, fresh as it is', async () => {
    const { cache, clock } = fixture();
    const createdAt = clock.now();
    const found: unknown[] = [];
    const find = cache.cached(
      async () => {
        found.push(loaderContext().stale);
        return 'value';
      },
      { id: 'find', ttl: '1h' },
    );
    await find();
    await find.refresh();
    expect(found).toEqual([undefined, { value: 'value', createdAt, staleAt: createdAt + 3_600_000 }]);
  });

  it('is not a value that was deleted or invalidated', async () => {
    const { cache, clock } = fixture();
    const options = { ttl: '1m', staleIfError: '1h', tags: ['t'] } as const;
    await cache.getOrSet('k', () => 'old', options);
    await cache.invalidateTags(['t']);
    await cache.getOrSet('k', load, options);
    await clock.advance('1m');
    await cache.delete('k');
    await cache.getOrSet('k', load, options);
    expect(seen).toEqual(['nothing', 'nothing']);
  });

  it('is found in a slower tier, where that has the later one', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    await a.cache.getOrSet('k', () => 'older', options);
    await fleet.clock.advance('1m');
    await b.cache.getOrSet('k', () => 'newer', options);
    await fleet.clock.advance('1m');
    await a.cache.getOrSet('k', load, options);
    expect(seen).toMatchObject([{ value: 'newer' }]);
  });
});

it('`stale`, `skip` and `setTtl` are of the load, over a shared tier alone too', async () => {
  const fleet = new Fleet();
  const cache = createCache({ backend: fleet.node().wire, clock: fleet.clock, jitter: 0 });
  const options = { ttl: '1m', staleIfError: '1h' } as const;
  const renewed = ({ setTtl }: LoaderContext<string>): string => {
    setTtl('2m');
    return 'old';
  };
  await cache.getOrSet('k', renewed, options);
  await fleet.clock.advance('119s');
  expect(await cache.get('k')).toBe('old');
  await fleet.clock.advance('1s');
  const load = ({ stale, skip }: LoaderContext<string>): string => {
    skip();
    return `in place of ${stale?.value}`;
  };
  expect(await cache.getOrSet('k', load, options)).toBe('in place of old');
  await fleet.clock.advance(0);
  expect(await cache.entry('k')).toMatchObject({ value: 'old' });
});
