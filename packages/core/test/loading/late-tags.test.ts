import { CacheConfigError, createCache, type LoaderContext } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';
import { Fleet, type Gate, gate, type Node, recorded } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const HOUR = { ttl: '1h' } as const;

/** A loader that waits for `before`, names the tag 't', waits for `after`, and returns 'loaded'. */
function tagging(before: Gate<void>, after: Gate<void>) {
  return async ({ tag }: LoaderContext<string>): Promise<string> => {
    await before.promise;
    tag('t');
    await after.promise;
    return 'loaded';
  };
}

describe('a tag that the loader names', () => {
  it('is one of the entry, beside those of the call', async () => {
    const { cache } = fixture();
    await cache.getOrSet('k', ({ tag }) => tag('b', 'c'), { tags: ['a', 'b'] });
    expect([...((await cache.entry('k'))?.tags ?? [])].sort()).toEqual(['a', 'b', 'c']);
    await cache.invalidateTags(['c']);
    expect(await cache.has('k')).toBe(false);
  });

  it('may be named one after the other', async () => {
    const { cache } = fixture();
    const load = ({ tag }: LoaderContext<void>): void => {
      tag('a');
      tag('b');
    };
    for (const named of ['a', 'b']) {
      await cache.getOrSet('k', load);
      expect(await cache.has('k')).toBe(true);
      await cache.invalidateTags([named]);
      expect(await cache.has('k')).toBe(false);
    }
  });

  it('may depend on what was loaded', async () => {
    const { cache } = fixture();
    const load = async ({ tag }: LoaderContext<{ team: string }>) => {
      const user = await Promise.resolve({ team: '7' });
      tag(`team:${user.team}`);
      return user;
    };
    await cache.getOrSet('user', load);
    expect(await cache.has('user')).toBe(true);
    await cache.invalidateTags(['team:7']);
    expect(await cache.has('user')).toBe(false);
  });

  it('is one of this value only: the next load names its own', async () => {
    const { cache, clock } = fixture();
    await cache.getOrSet('k', ({ tag }) => tag('old'), { ttl: '1m' });
    await clock.advance('1m');
    await cache.getOrSet('k', ({ tag }) => tag('new'));
    await cache.invalidateTags(['old']);
    expect(await cache.has('k')).toBe(true);
    await cache.invalidateTags(['new']);
    expect(await cache.has('k')).toBe(false);
  });

  it('voids what other caches over the same memory hold under it', async () => {
    const clock = manualClock();
    const backend = memory({ clock });
    const [a, b] = [createCache({ backend, clock }), createCache({ backend, clock })];
    await a.getOrSet('k', ({ tag }) => tag('t'), HOUR);
    await b.invalidateTags(['t']);
    expect(await a.has('k')).toBe(false);
  });

  it('has no effect once the load is over', async () => {
    const { cache } = fixture();
    let late: (() => void) | undefined;
    await cache.getOrSet('k', ({ tag }) => {
      late = () => tag('t');
      return 'v';
    });
    late?.();
    await cache.invalidateTags(['t']);
    expect(await cache.get('k')).toBe('v');
  });

  it.each([[''], ['\0t'], [7], [undefined]])('is refused where it is %p', async (name) => {
    const { cache } = fixture();
    const call = cache.getOrSet('k', ({ tag }) => tag(name as string));
    await expect(call).rejects.toThrow(/tag/);
    await expect(call).rejects.toThrow(CacheConfigError);
  });

  it.each<[string, readonly ('before' | 'invalidate' | 'after')[]]>([
    ['before it is named', ['invalidate', 'before', 'after']],
    ['after it is named', ['before', 'invalidate', 'after']],
  ])('keeps the value from being stored if it is invalidated during the load, %s', async (_when, steps) => {
    for (const known of [true, false]) {
      const { cache, clock } = fixture();
      if (known) await cache.set('other', 1, { tags: ['t'] });
      const stream = recorded(cache);
      const [before, after] = [gate<void>(), gate<void>()];
      const call = cache.getOrSet('k', tagging(before, after));
      for (const step of steps) {
        await clock.advance(0);
        if (step === 'invalidate') await cache.invalidateTags(['t']);
        else (step === 'before' ? before : after).open();
      }
      expect(await call).toBe('loaded');
      await clock.advance(0);
      expect(await cache.has('k')).toBe(false);
      expect(stream.map(([type]) => type)).toContain('fenced');
      await cache.getOrSet('k', ({ tag }) => tag('t'));
      expect(await cache.has('k')).toBe(true);
    }
  });

  it('has later callers load anew if it is invalidated after it was named', async () => {
    const { cache, clock } = fixture();
    const [before, after] = [gate<void>(), gate<void>()];
    const call = cache.getOrSet('k', tagging(before, after));
    before.open();
    await clock.advance(0);
    await cache.invalidateTags(['t']);
    expect(await cache.getOrSet('k', () => 'fresh')).toBe('fresh');
    after.open();
    expect(await call).toBe('loaded');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('fresh');
  });
});

describe('a tag that the loader names, over a shared tier', () => {
  const named = ({ tag }: LoaderContext<string>): string => {
    tag('t');
    return 'loaded';
  };

  /** A node that knows a marker of the tag 't' that is as old as `age` ms. */
  async function aged(fleet: Fleet, age: number, options: { readonly bus?: false } = {}): Promise<Node> {
    const node = fleet.node(options);
    await node.cache.set('other', 1, { tags: ['t'], ...HOUR });
    await fleet.clock.advance(age);
    return node;
  }

  it('is no reason to store the first value under it: nobody knows whether it was invalidated meanwhile', async () => {
    const fleet = new Fleet();
    const { cache } = fleet.node();
    expect(await cache.getOrSet('k', named, HOUR)).toBe('loaded');
    await fleet.clock.advance(0);
    expect(await cache.has('k')).toBe(false);
    await fleet.clock.advance(1001);
    await cache.getOrSet('k', named, HOUR);
    await fleet.clock.advance(0);
    expect(await cache.has('k')).toBe(true);
  });

  it('is stored where its marker is clearly older than the load', async () => {
    const fleet = new Fleet();
    const a = await aged(fleet, 1001);
    const b = fleet.node();
    await b.cache.getOrSet('k', named, HOUR);
    await fleet.clock.advance(0);
    expect(await a.cache.get('k')).toBe('loaded');
    await a.cache.invalidateTags(['t']);
    for (const { cache } of [a, b]) expect(await cache.has('k')).toBe(false);
  });

  it('is not stored where its marker may be younger, by the clocks that two machines have', async () => {
    const fleet = new Fleet();
    const { cache } = await aged(fleet, 1000);
    await cache.getOrSet('k', named, HOUR);
    await fleet.clock.advance(0);
    expect(await cache.has('k')).toBe(false);
  });

  it.each([
    ['with a bus', {}],
    ['without', { bus: false }],
  ] as const)(
    'is not stored if another process invalidates it during the load, %s',
    async (_how, options) => {
      for (const steps of [
        ['invalidate', 'before', 'after'],
        ['before', 'invalidate', 'after'],
      ]) {
        const fleet = new Fleet();
        const a = await aged(fleet, 60_000, options);
        const b = fleet.node(options);
        const [before, after] = [gate<void>(), gate<void>()];
        const call = a.cache.getOrSet('k', tagging(before, after), HOUR);
        for (const step of steps) {
          await fleet.clock.advance('5s');
          if (step === 'invalidate') await b.cache.invalidateTags(['t']);
          else (step === 'before' ? before : after).open();
        }
        expect(await call).toBe('loaded');
        await fleet.clock.advance(0);
        for (const { cache } of [a, b]) expect(await cache.has('k')).toBe(false);
      }
    },
  );

  it('is not stored if its marker was lost during the load', async () => {
    const fleet = new Fleet();
    const { cache } = await aged(fleet, 60_000);
    const [before, after] = [gate<void>(), gate<void>()];
    const call = cache.getOrSet('k', tagging(before, after), HOUR);
    await fleet.clock.advance(0);
    fleet.server.evict('\0tag:keepsake:t');
    before.open();
    after.open();
    expect(await call).toBe('loaded');
    await fleet.clock.advance(0);
    expect(await cache.has('k')).toBe(false);
  });

  it('is not stored while the tier cannot say, and the value is returned', async () => {
    const fleet = new Fleet();
    const { cache, front } = await aged(fleet, 60_000);
    const [before, after] = [gate<void>(), gate<void>()];
    const call = cache.getOrSet('k', tagging(before, after), HOUR);
    await fleet.clock.advance(0);
    fleet.server.fault('down');
    before.open();
    after.open();
    expect(await call).toBe('loaded');
    await fleet.clock.advance(0);
    expect(front.get('keepsake:k')).toBeUndefined();
  });

  it('lets go of the lease where it is not stored', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.getOrSet('k', named, HOUR);
    await fleet.clock.advance(0);
    expect(await b.cache.getOrSet('k', () => 'b', HOUR)).toBe('b');
  });
});
