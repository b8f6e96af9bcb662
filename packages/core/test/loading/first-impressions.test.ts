import { Fleet } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

describe('a value that is not modified', () => {
  const rules = { ttl: '1m', staleIfError: '1d' } as const;

  it('keeps the tags that its first load gave it', async () => {
    const { cache, clock } = fixture(rules);
    const load = (): Promise<string> =>
      cache.getOrSet<string>('k', ({ stale, notModified, tag }) => {
        if (stale) return notModified();
        tag('team:7');
        return 'v';
      });
    await load();
    await clock.advance('2m');
    expect(await load()).toBe('v');
    expect((await cache.entry('k'))?.tags).toEqual(['team:7']);
    await cache.invalidateTags(['team:7']);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('keeps the tags that a set gave it, in a fleet', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(rules), fleet.node(rules)];
    await a.cache.set('k', 'v', { tags: ['team:7'] });
    await fleet.clock.advance('2m');
    expect(await b.cache.getOrSet<string>('k', ({ notModified }) => notModified())).toBe('v');
    await fleet.clock.advance(0);
    await a.cache.invalidateTags(['team:7']);
    await fleet.clock.advance(0);
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it('is not brought back by a load under whose eyes one of its tags was invalidated', async () => {
    const { cache, clock } = fixture(rules);
    await cache.set('k', 'v', { tags: ['team:7'] });
    await clock.advance('2m');
    await cache.getOrSet<string>('k', async ({ notModified }) => {
      await cache.invalidateTags(['team:7']);
      return notModified();
    });
    await clock.advance(0);
    expect(await cache.get('k')).toBeUndefined();
  });
});

describe('one signal for many calls', () => {
  it('has one listener, however many wait, and none when they are done', async () => {
    const { cache, clock } = fixture();
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = { added: 0, removed: 0 };
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: unknown[]): void => {
      listeners.added++;
      Reflect.apply(addEventListener, signal, args);
    };
    signal.removeEventListener = (...args: unknown[]): void => {
      listeners.removed++;
      Reflect.apply(removeEventListener, signal, args);
    };
    const slow = (): Promise<number> =>
      new Promise((resolve) => void clock.after(10, () => resolve(1), 'holds'));
    const calls = Array.from({ length: 50 }, (_, i) => cache.getOrSet(`k${i}`, slow, { signal }));
    await clock.advance(10);
    await Promise.all(calls);
    expect(listeners).toEqual({ added: 1, removed: 1 });
    const aborted = Array.from({ length: 50 }, (_, i) =>
      cache.getOrSet(`again${i}`, slow, { signal }).catch((error: unknown) => error),
    );
    controller.abort('gone');
    expect(new Set(await Promise.all(aborted))).toEqual(new Set(['gone']));
    expect(listeners).toEqual({ added: 2, removed: 2 });
  });
});

describe('errors', () => {
  it('name the signal that is part of an object argument', () => {
    const { cache } = fixture();
    const find = cache.cached(async function find(id: string, options: { signal: AbortSignal }) {
      return [id, options.signal.aborted];
    });
    const { signal } = new AbortController();
    expect(() => find.keyOf('1', { signal })).toThrow(/args\[1\]\.signal is an AbortSignal.*omit/s);
  });

  it('name cacheErrors and setTtl where one of them gave no duration', async () => {
    const { cache } = fixture();
    const told: unknown[] = [];
    cache.on('unstorable', ({ error }) => told.push((error as Error).message));
    const fails = (): Promise<never> => Promise.reject(new Error('down'));
    await cache.getOrSet('k', fails, { cacheErrors: () => 'soon' as never }).catch(() => undefined);
    expect(told).toEqual([expect.stringMatching(/^cacheErrors: 'soon' is not a duration/)]);
    const wrong = cache.getOrSet('k', ({ setTtl }) => setTtl(0));
    await expect(wrong).rejects.toThrow('setTtl: 0 is not a duration');
  });
});
