import type { LoaderContext } from '@keepsake/core';
import { Fleet, gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

describe('a tag that turns up during a load', () => {
  it('is not taken for invalidated because another load named it for the first time', async () => {
    const { cache, clock } = fixture();
    const source = gate<void>();
    const load = taggedAfter(source.promise);
    const calls = [cache.getOrSet('a', load), cache.getOrSet('b', load)];
    await clock.advance(0);
    source.open();
    await Promise.all(calls);
    await clock.advance(0);
    expect([await cache.has('a'), await cache.has('b')]).toEqual([true, true]);
  });

  it('is not taken for invalidated because its marker was read again, where no bus brings news', async () => {
    const fleet = new Fleet();
    const { cache } = fleet.node({ bus: false });
    await cache.set('other', 1, { tags: ['t'], ttl: '1h' });
    await fleet.clock.advance('1m');
    const source = gate<void>();
    const call = cache.getOrSet('a', taggedAfter(source.promise), { ttl: '1h' });
    await fleet.clock.advance('1s');
    await cache.invalidateTags(['unrelated']);
    await fleet.clock.advance('1s');
    await cache.get('other');
    source.open();
    await call;
    await fleet.clock.advance(0);
    expect(await cache.has('a')).toBe(true);
  });
});

function taggedAfter(source: Promise<void>): (context: LoaderContext<number>) => Promise<number> {
  return async ({ tag }) => {
    await source;
    tag('t');
    return 1;
  };
}
