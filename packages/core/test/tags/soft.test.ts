import { type Cache, createCache, type GetOrSetOptions, type LoaderContext } from '@keepsake/core';
import { type MemoryBackend, memory } from '@keepsake/memory';
import { chaos, type ManualClock, manualClock } from '@keepsake/testing';
import { gate, recorded } from '../cache/fleet.js';

const SOFT = { soft: true } as const;
const TEAM = { ttl: '1h', tags: ['team:7'] } as const;

const down = async (): Promise<string> => {
  throw new Error('down');
};

describe('a tag that was invalidated softly', () => {
  let clock: ManualClock;
  let backend: MemoryBackend;
  let cache: Cache;

  beforeEach(() => {
    clock = manualClock();
    backend = memory({ clock });
    cache = createCache({ backend, clock, jitter: 0 });
  });

  const call = (
    options: GetOrSetOptions<string>,
    load: (context: LoaderContext<string>) => string | Promise<string> = () => 'new',
  ): Promise<string> => cache.getOrSet<string, string>('k', load, { ...TEAM, ...options });

  it('makes the next read load again', async () => {
    await cache.set('k', 'old', TEAM);
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getMany(['k'])).toEqual([undefined]);
    expect(await cache.has('k')).toBe(false);
    expect(await call({})).toBe('new');
    expect(await cache.get('k')).toBe('new');
    await clock.advance('59m');
    expect(await cache.get('k')).toBe('new');
  });

  it('says since when an entry is stale, and leaves its end', async () => {
    await cache.set('k', 'old', { ...TEAM, staleIfError: '1h' });
    const before = await cache.entry('k');
    await clock.advance(5000);
    await cache.invalidateTags(['team:7'], SOFT);
    const at = clock.now();
    await clock.advance(5000);
    expect(await cache.entry('k')).toEqual({ ...before, staleAt: at });
  });

  it('does not make an entry fresh for longer that was stale already', async () => {
    await cache.set('k', 'old', { ttl: '1m', staleIfError: '1h', tags: ['team:7'] });
    const before = await cache.entry('k');
    await clock.advance('2m');
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await cache.entry('k')).toEqual(before);
  });

  it('lets the old value be served at once to the millisecond, while it is loaded again', async () => {
    const rules = { staleWhileRevalidate: '10s', retryAfter: 0.5 } as const;
    await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await clock.advance('30m');
    await cache.invalidateTags(['team:7'], SOFT);
    await clock.advance(9999);
    expect(await call(rules, down)).toBe('old');
    await clock.advance(1);
    await expect(call(rules, down)).rejects.toThrow('down');
  });

  it('is fresh again once the load in the background is over', async () => {
    const rules = { staleWhileRevalidate: '10s' } as const;
    await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await call(rules)).toBe('old');
    await clock.advance(0);
    expect(await call(rules)).toBe('new');
    expect(await cache.get('k')).toBe('new');
  });

  it('lets the old value be served to the millisecond when the load fails', async () => {
    const rules = { staleIfError: '10s', retryAfter: 0.5 } as const;
    await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await clock.advance('30m');
    await cache.invalidateTags(['team:7'], SOFT);
    await clock.advance(9999);
    expect(await call(rules, down)).toBe('old');
    await clock.advance(1);
    await expect(call(rules, down)).rejects.toThrow('down');
  });

  it('lets the old value be served when the load is slow', async () => {
    const rules = { staleIfError: '10s', softTimeout: 100 } as const;
    await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await cache.invalidateTags(['team:7'], SOFT);
    const slow = gate<string>();
    const served = call(rules, () => slow.promise);
    await clock.advance(100);
    expect(await served).toBe('old');
    slow.open('new');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('new');
  });

  it('lets nothing be served beyond the own life of an entry', async () => {
    await cache.set('k', 'old', { ttl: '1m', staleIfError: '1m', tags: ['team:7'] });
    await clock.advance(59_000);
    await cache.invalidateTags(['team:7'], SOFT);
    await clock.advance(60_999);
    const rules = { staleIfError: '1h', retryAfter: 0.5 } as const;
    expect(await call(rules, down)).toBe('old');
    await clock.advance(1);
    await expect(call(rules, down)).rejects.toThrow('down');
  });

  it('is stale since the first time where that was done again', async () => {
    const rules = { staleIfError: '10s', retryAfter: 0.5 } as const;
    await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await cache.invalidateTags(['team:7'], SOFT);
    await clock.advance(9000);
    await cache.set('between', 'v', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
    await cache.invalidateTags(['team:7'], SOFT);
    await clock.advance(999);
    expect(await call(rules, down)).toBe('old');
    await clock.advance(1);
    await expect(call(rules, down)).rejects.toThrow('down');
    expect(await cache.getOrSet('between', down, { ...TEAM, ...rules })).toBe('v');
  });

  it('is stale, however often that was done', async () => {
    await cache.set('k', 'old', { ...TEAM, staleIfError: '1h' });
    for (let i = 0; i < 100; i++) await cache.invalidateTags(['team:7'], SOFT);
    expect(await call({ staleIfError: '1h' }, down)).toBe('old');
    expect(await call({ staleIfError: '1h' })).toBe('old');
    await clock.advance('2s');
    expect(await call({ staleIfError: '1h' })).toBe('new');
  });

  it('makes everything void when it is invalidated for good, before or after', async () => {
    const rules = { staleIfError: '1h' } as const;
    for (const order of [
      [SOFT, {}],
      [{}, SOFT],
    ]) {
      await cache.set('k', 'old', { ...TEAM, staleIfError: '10s', staleWhileRevalidate: '10s' });
      for (const options of order) await cache.invalidateTags(['team:7'], options);
      expect(await cache.entry('k')).toBeUndefined();
      await expect(call(rules, down)).rejects.toThrow('down');
    }
  });

  it('is one of several: the strictest of them decides', async () => {
    await cache.set('k', 'old', { ttl: '1h', tags: ['a', 'b', 'c'] });
    await clock.advance(10);
    await cache.invalidateTags(['b'], SOFT);
    const at = clock.now();
    await clock.advance(10);
    await cache.invalidateTags(['a', 'a'], SOFT);
    expect(await cache.entry('k')).toMatchObject({ staleAt: at });
    await cache.invalidateTags(['c']);
    expect(await cache.entry('k')).toBeUndefined();
  });

  it('voids the load that was running', async () => {
    const [slow, stream] = [gate<string>(), recorded(cache)];
    const loading = call({}, () => slow.promise);
    await cache.invalidateTags(['team:7'], SOFT);
    slow.open('old');
    expect(await loading).toBe('old');
    await clock.advance(0);
    expect(stream).toContainEqual(['fenced', expect.objectContaining({ key: 'k' })]);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('voids a load that names it only later', async () => {
    const slow = gate<string>();
    await cache.set('other', 'v', TEAM);
    const loading = call({ tags: [] }, ({ tag }) => {
      tag('team:7');
      return slow.promise;
    });
    await cache.invalidateTags(['team:7'], SOFT);
    slow.open('old');
    await loading;
    await clock.advance(0);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is fresh again when its source says that nothing has changed, though only the loader named it', async () => {
    const rules = { staleIfError: '1h', tags: [] } as const;
    await call(rules, ({ tag }) => {
      tag('team:7');
      return 'kept';
    });
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await call(rules, ({ notModified }) => notModified())).toBe('kept');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('kept');
    await cache.invalidateTags(['team:7']);
    expect(await cache.entry('k')).toBeUndefined();
  });

  it('ends the rest that its source was given after an error', async () => {
    const rules = { staleIfError: '1h', retryAfter: '1m' } as const;
    await cache.set('k', 'old', { ...TEAM, ttl: '1s', staleIfError: '1h' });
    await clock.advance('1s');
    expect(await call(rules, down)).toBe('old');
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await call(rules)).toBe('new');
  });

  it('leaves an entry that is there: it may be replaced where something is, and not where nothing is', async () => {
    await cache.set('k', 'old', { ...TEAM, staleIfError: '1h' });
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await cache.set('k', 'v', { if: 'absent' })).toBe(false);
    expect(await cache.set('k', 'v', { if: 'present' })).toBe(true);
    expect(await cache.get('k')).toBe('v');
  });

  it('is not undone by touching an entry', async () => {
    await cache.set('k', 'old', TEAM);
    await cache.invalidateTags(['team:7'], SOFT);
    expect(await cache.touch('k', '1h')).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('belongs to all namespaces of a cache, and nothing else does', async () => {
    const [users, posts] = [cache.namespace('users'), cache.namespace('posts')];
    await users.set('k', 'old', { ...TEAM, staleIfError: '1h' });
    await posts.set('k', 'other', { ttl: '1h', tags: ['team:8'] });
    await posts.invalidateTags(['team:7'], SOFT);
    expect(await users.getOrSet('k', down, { ...TEAM, staleIfError: '1h' })).toBe('old');
    expect(await posts.get('k')).toBe('other');
  });

  it('leaves clears what they are', async () => {
    const find = cache.cached(async (id: string) => id, { id: 'find', ttl: '1h', tags: ['team:7'] });
    await find('1');
    await cache.invalidateTags(['team:7'], SOFT);
    await find('1');
    await find.clear();
    expect(await cache.entry(find.keyOf('1'))).toBeUndefined();
    await find('1');
    await cache.clear();
    expect(await cache.entry(find.keyOf('1'))).toBeUndefined();
  });

  it('counts for all caches over one memory', async () => {
    const other = createCache({ backend, clock, jitter: 0 });
    await cache.set('k', 'old', { ...TEAM, staleIfError: '1h' });
    await other.invalidateTags(['team:7'], SOFT);
    expect(await cache.get('k')).toBeUndefined();
    expect(await call({ staleIfError: '1h' }, down)).toBe('old');
  });

  it.each(['__proto__', 'constructor', 'a~b', '~'])('may be called %p', async (tag) => {
    const rules = { ttl: '1h', staleIfError: '1h', tags: [tag, 'other'] } as const;
    await cache.set('k', 'old', rules);
    await cache.invalidateTags([tag], SOFT);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', down, rules)).toBe('old');
  });

  it('makes nothing of a tag that nobody has used', async () => {
    await cache.invalidateTags(['unknown'], SOFT);
    await cache.set('k', 'v', { ttl: '1h', tags: ['unknown'] });
    expect(await cache.get('k')).toBe('v');
  });

  it('costs the same however many entries have it', async () => {
    const watched = chaos(backend, { clock });
    const over = createCache({ backend: watched, clock, jitter: 0 });
    for (let i = 0; i < 500; i++) await over.set(`k${i}`, i, TEAM);
    const before = Object.values(watched.controls.calls).reduce((sum, n) => sum + n);
    await over.invalidateTags(['team:7'], SOFT);
    expect(Object.values(watched.controls.calls).reduce((sum, n) => sum + n)).toBe(before);
    expect(await over.getMany(['k0', 'k499'])).toEqual([undefined, undefined]);
  });

  it('is told in an explanation', async () => {
    const rules = { ...TEAM, staleIfError: '1m', staleWhileRevalidate: '1s' } as const;
    await cache.set('k', 'old', rules);
    await cache.invalidateTags(['team:7'], SOFT);
    const at = clock.now();
    await clock.advance(5000);
    const { verdict, fallback, tiers } = await cache.explain('k', rules);
    expect({ verdict, fallback, tiers }).toMatchObject({
      verdict: 'load',
      fallback: 'memory',
      tiers: [{ state: 'stale', freshFor: -5000 }],
    });
    expect(tiers[0]?.tags).toContainEqual({ tag: 'team:7', valid: true, staleSince: at, implicit: false });
    expect(tiers[0]?.reason).toBe(
      "tag 'team:7' was invalidated softly: stale for 5 s, staleWhileRevalidate allowed it for 1 s, staleIfError allows it for another 55 s",
    );
  });
});

describe('soft', () => {
  it('is an option of invalidateTags alone', async () => {
    const cache = createCache({ backend: memory() });
    const find = cache.cached(async () => 1, { id: 'find', ttl: '1h' });
    const soft = { soft: true } as object;
    for (const refused of [
      () => cache.delete('k', soft),
      () => cache.deleteMany(['k'], soft),
      () => cache.deletePattern('k*', soft),
      () => cache.markStale('k', soft),
      () => cache.clear(soft),
      () => find.clear(soft),
    ]) {
      await expect(refused()).rejects.toThrow("there is no option 'soft'. Allowed: `strict`.");
    }
    await expect(cache.invalidateTags(['t'], { soft: 'yes' } as object)).rejects.toThrow(
      "soft: 'yes' was given. Allowed: boolean.",
    );
  });
});
