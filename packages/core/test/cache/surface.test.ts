import { type Backend, type Cache, createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { smallest } from './fleet.js';

const STACKS: readonly (readonly [string, (clock: ManualClock) => Backend])[] = [
  ['memory', (clock) => memory({ clock })],
  ['a shared tier alone', (clock) => sharedMemory({ clock }).connect()],
  ['memory over a shared tier', (clock) => tiered([memory({ clock }), sharedMemory({ clock }).connect()])],
  ['memory over the smallest backend there can be', (clock) => tiered([memory({ clock }), smallest(clock)])],
  [
    'three tiers',
    (clock) =>
      tiered([
        memory({ clock }),
        chaos(memory({ clock }), { remote: true, clock }),
        sharedMemory({ clock }).connect(),
      ]),
  ],
];

describe.each(STACKS)('a cache over %s', (_name, backend) => {
  let clock: ManualClock;
  let cache: Cache;

  beforeEach(() => {
    clock = manualClock();
    cache = createCache({ backend: backend(clock), clock, jitter: 0 });
  });

  it('serves what was set, and nothing where nothing was', async () => {
    expect(await cache.set('user:42', { name: 'Ada' })).toBe(true);
    expect(await cache.get('user:42')).toEqual({ name: 'Ada' });
    expect(await cache.get('user:43')).toBeUndefined();
  });

  it.each([[null], [undefined], [false], [0], [''], [Number.NaN]])(
    'holds %p like any value',
    async (value) => {
      let loads = 0;
      const load = () => {
        loads++;
        return value;
      };
      expect(await cache.getOrSet('k', load, { ttl: '1m' })).toBe(value);
      expect(await cache.getOrSet('k', load, { ttl: '1m' })).toBe(value);
      expect(loads).toBe(1);
      expect(await cache.has('k')).toBe(true);
      expect(await cache.entry('k')).toMatchObject({ value });
    },
  );

  it('deletes, and says whether there was something', async () => {
    await cache.set('k', 1);
    expect(await cache.delete('k')).toBe(true);
    expect(await cache.delete('k')).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('does not count what has expired as deleted', async () => {
    await cache.set('k', 1, { ttl: 1000 });
    await clock.advance(1000);
    expect(await cache.delete('k')).toBe(false);
  });

  it('knows whether a fresh value is there', async () => {
    await cache.set('k', 1, { ttl: '1m' });
    expect(await cache.has('k')).toBe(true);
    await clock.advance('1m');
    expect(await cache.has('k')).toBe(false);
  });

  it('shows the entry of a value: its instants, and the tags that its user gave it', async () => {
    const now = clock.now();
    await cache.namespace('users').set('k', 1, { ttl: '1m', tags: ['team:7', 'team:7', 'all'] });
    const entry = await cache.namespace('users').entry('k');
    expect(entry).toEqual({
      value: 1,
      createdAt: now,
      staleAt: now + 60_000,
      expiresAt: now + 60_000,
      tags: ['team:7', 'all'],
    });
    expect(await cache.entry('other')).toBeUndefined();
  });

  it('gives an entry a new life by touching it', async () => {
    await cache.set('k', 1, { ttl: '1m' });
    await clock.advance('50s');
    expect(await cache.touch('k', '1m')).toBe(true);
    await clock.advance(59_999);
    expect(await cache.get('k')).toBe(1);
    await clock.advance(1);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.touch('k', '1m')).toBe(false);
  });

  it('touches nothing that its tags have made void', async () => {
    await cache.set('k', 1, { tags: ['t'] });
    await cache.invalidateTags(['t']);
    expect(await cache.touch('k', '1m')).toBe(false);
  });

  it('reads many in order, one that is asked for twice twice', async () => {
    await cache.set('a', 1);
    await cache.set('b', 2);
    expect(await cache.getMany(['b', 'none', 'a', 'b'])).toEqual([2, undefined, 1, 2]);
    expect(await cache.getMany([])).toEqual([]);
  });

  it('sets many, each with its own ttl and tags', async () => {
    await cache.setMany([
      { key: 'a', value: 1, ttl: '1m', tags: ['t'] },
      { key: 'b', value: 2, ttl: '1s' },
      { key: 'c', value: 3 },
    ]);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([1, 2, 3]);
    await clock.advance('1s');
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([1, undefined, 3]);
    await cache.invalidateTags(['t']);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 3]);
  });

  it('deletes many, and counts each key once', async () => {
    await cache.setMany(['a', 'b', 'c'].map((key) => ({ key, value: key })));
    expect(await cache.deleteMany(['a', 'none', 'b', 'a'])).toBe(2);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 'c']);
    expect(await cache.deleteMany([])).toBe(0);
  });

  it('loads again what was marked stale, and only that', async () => {
    await cache.set('k', 'old', { ttl: '1h' });
    expect(await cache.markStale('k')).toBe(true);
    expect(await cache.has('k')).toBe(false);
    expect(await cache.getOrSet('k', () => 'new', { ttl: '1h' })).toBe('new');
    expect(await cache.get('k')).toBe('new');
    expect(await cache.markStale('none')).toBe(false);
  });

  it('misses everything under an invalidated tag', async () => {
    await cache.set('a', 1, { tags: ['team:7'] });
    await cache.set('b', 2, { tags: ['team:7', 'x'] });
    await cache.set('c', 3, { tags: ['team:8'] });
    await cache.invalidateTags(['team:7']);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 3]);
    await cache.set('a', 4, { tags: ['team:7'] });
    expect(await cache.get('a')).toBe(4);
  });

  describe('set with a condition', () => {
    it("stores 'absent' only where nothing is", async () => {
      expect(await cache.set('k', 1, { if: 'absent' })).toBe(true);
      expect(await cache.set('k', 2, { if: 'absent' })).toBe(false);
      expect(await cache.get('k')).toBe(1);
    });

    it("stores 'present' only where something is", async () => {
      expect(await cache.set('k', 1, { if: 'present' })).toBe(false);
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', 1);
      expect(await cache.set('k', 2, { if: 'present' })).toBe(true);
      expect(await cache.get('k')).toBe(2);
    });

    it('takes an entry whose tag was invalidated for absent', async () => {
      await cache.set('k', 1, { tags: ['t'] });
      await cache.invalidateTags(['t']);
      expect(await cache.set('k', 2, { if: 'present' })).toBe(false);
      expect(await cache.get('k')).toBeUndefined();
      expect(await cache.set('k', 3, { if: 'absent' })).toBe(true);
      expect(await cache.get('k')).toBe(3);
    });

    it('takes an expired entry for absent', async () => {
      await cache.set('k', 1, { ttl: 1000 });
      await clock.advance(1000);
      expect(await cache.set('k', 2, { if: 'present' })).toBe(false);
      expect(await cache.set('k', 2, { if: 'absent' })).toBe(true);
    });

    it('lets one of many win, also over an entry whose tag was invalidated', async () => {
      await cache.set('void', 0, { tags: ['t'] });
      await cache.invalidateTags(['t']);
      for (const key of ['new', 'void']) {
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, i) => cache.set(key, i, { if: 'absent' })),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await cache.get(key)).toBe(won.indexOf(true));
      }
    });
  });

  describe('counters', () => {
    it('count from nothing, up and down', async () => {
      expect(await cache.increment('hits')).toBe(1);
      expect(await cache.increment('hits', 10)).toBe(11);
      expect(await cache.increment('hits', -2)).toBe(9);
    });

    it('are read by adding nothing', async () => {
      for (let i = 1; i <= 3; i++) {
        expect(await cache.increment('hits')).toBe(i);
        expect(await cache.increment('hits', 0)).toBe(i);
      }
    });

    it('live from their creation', async () => {
      await cache.increment('hits', 1, { ttl: '1m' });
      await clock.advance('59s');
      expect(await cache.increment('hits', 1, { ttl: '1m' })).toBe(2);
      await clock.advance('1s');
      expect(await cache.increment('hits', 1, { ttl: '1m' })).toBe(1);
    });

    it('begin again after a clear', async () => {
      await cache.increment('hits');
      await cache.clear();
      expect(await cache.increment('hits')).toBe(1);
    });

    it('count every one of many at once', async () => {
      const counts = await Promise.all(Array.from({ length: 50 }, () => cache.increment('hits')));
      expect(new Set(counts).size).toBe(50);
      expect(Math.max(...counts)).toBe(50);
    });
  });

  it('clears its own namespace and those inside it, and nothing else', async () => {
    const [users, posts] = [cache.namespace('users'), cache.namespace('posts')];
    await cache.set('root', 0);
    await users.set('a', 1);
    await users.namespace('admins').set('b', 2);
    await posts.set('c', 3);
    await cache.namespace('users2').set('d', 4);
    await users.clear();
    expect(await users.get('a')).toBeUndefined();
    expect(await users.namespace('admins').get('b')).toBeUndefined();
    expect(await posts.get('c')).toBe(3);
    expect(await cache.namespace('users2').get('d')).toBe(4);
    await cache.clear();
    expect(await cache.get('root')).toBeUndefined();
    expect(await posts.get('c')).toBeUndefined();
  });

  it('drops what has expired when it is told to sweep', async () => {
    await cache.set('a', 1, { ttl: 1000 });
    await cache.set('b', 2);
    clock.set(clock.now() + 1000);
    expect(await cache.sweep()).toBeGreaterThanOrEqual(0);
    expect(await cache.get('b')).toBe(2);
  });
});
