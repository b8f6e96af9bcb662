import { type Backend, CacheError, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { sharedMemory } from '@keepsake/testing';

/** A backend that cannot add by itself. */
function withoutIncrement(): Backend {
  const { increment: _, ...rest } = sharedMemory().connect();
  return rest as Backend;
}

const backends: [string, () => Backend][] = [
  ['memory', () => memory()],
  ['a shared tier', () => sharedMemory().connect()],
  ['a tier that cannot add', withoutIncrement],
];

describe.each(backends)('a counter in %s', (_, backend) => {
  it('is no entry: neither destroys the other', async () => {
    const cache = createCache({ backend: backend(), ttl: '1h' });
    expect(await cache.increment('n')).toBe(1);
    expect(await cache.get('n')).toBeUndefined();
    expect(await cache.getOrSet('n', () => 'entry')).toBe('entry');
    expect(await cache.increment('n', 2)).toBe(3);
    expect(await cache.get('n')).toBe('entry');
    expect(await cache.increment('n', 0)).toBe(3);
  });

  it('ends with its namespace, and not with another one', async () => {
    const cache = createCache({ backend: backend() });
    const users = cache.namespace('users');
    await cache.increment('n');
    await users.increment('n');
    await users.clear();
    expect(await users.increment('n', 0)).toBe(0);
    expect(await cache.increment('n', 0)).toBe(1);
    await cache.clear();
    expect(await cache.increment('n', 0)).toBe(0);
  });

  it('fails rather than become inexact', async () => {
    const cache = createCache({ backend: backend() });
    await cache.increment('n', Number.MAX_SAFE_INTEGER);
    await expect(cache.increment('n')).rejects.toThrow(CacheError);
  });
});

describe('refresh', () => {
  it('is not undone by an older one that takes longer', async () => {
    const cache = createCache({ backend: memory(), ttl: '1h' });
    const settle: (() => void)[] = [];
    let version = 0;
    const load = cache.cached(async function load() {
      const own = ++version;
      await new Promise<void>((resolve) => settle.push(resolve));
      return own;
    });
    const first = load.refresh();
    const second = load.refresh();
    settle[1]?.();
    expect(await second).toBe(2);
    settle[0]?.();
    expect(await first).toBe(1);
    expect(await load.peek()).toBe(2);
  });
});

describe('a conditional set that stores nothing', () => {
  it('does not keep a load that runs from being stored', async () => {
    const cache = createCache({ backend: memory(), ttl: '1h' });
    let settle = (_: string): void => undefined;
    const load = cache.getOrSet('a', () => new Promise<string>((resolve) => (settle = resolve)));
    expect(await cache.set('a', 'other', { if: 'present' })).toBe(false);
    settle('loaded');
    await load;
    expect(await cache.get('a')).toBe('loaded');
  });
});

describe('a callback that returns a promise', () => {
  const broken = async (): Promise<never> => {
    throw new Error('nobody waits for this');
  };

  it.each(['key', 'tags', 'scope'] as const)(
    'is refused as %s, and its failure is not left loose',
    async (name) => {
      const unhandled = jest.fn();
      process.on('unhandledRejection', unhandled);
      const cache = createCache({ backend: memory(), ttl: '1h' });
      const load = cache.cached(async function load() {}, { [name]: broken });
      await expect(load()).rejects.toThrow(`${name}: its function returned a promise`);
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', unhandled);
      expect(unhandled).not.toHaveBeenCalled();
    },
  );

  it('is reported as `when`, and nothing is stored', async () => {
    const cache = createCache({ backend: memory(), ttl: '1h' });
    const reported: unknown[] = [];
    cache.on('unstorable', ({ error }) => reported.push(error));
    let loads = 0;
    const when = (async () => false) as unknown as () => boolean;
    const load = cache.cached(async () => ++loads, { id: 'load', when });
    expect([await load(), await load()]).toEqual([1, 2]);
    expect(reported).toHaveLength(2);
  });
});
