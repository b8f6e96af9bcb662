import type { Cache, InvalidateOptions } from '@keepsake/core';

/** The value of a key: it knows what it was loaded from. */
export interface Value {
  readonly key: string;
  readonly version: number;
}

/** One way to invalidate; `strict` where the method knows that option. */
export interface Invalidation {
  readonly via: string;
  readonly strict?: true;
  invalidate(options: InvalidateOptions, value: Value): Promise<unknown>;
}

/**
 * One key with its ways to be read and to be invalidated. No subject's invalidation touches the key of another one:
 * that would heal what stayed behind there.
 */
export interface Subject {
  readonly key: string;
  /** The cache cannot know whose value is newer, so only one client writes where values are set. */
  readonly isSet?: true;
  /** May give nothing where it does not load. */
  readonly reads: readonly (() => Promise<Value | undefined>)[];
  readonly invalidations: readonly Invalidation[];
}

type Load = (key: string) => Promise<Value>;
type Kind = (cache: Cache, load: Load, name: string) => Subject;

/** `count` keys: every kind in turn, each with a name of its own. */
export function subjectsOf(cache: Cache, load: Load, count: number): readonly Subject[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % KINDS.length] as Kind;
    return kind(cache, load, `${kind.name}-${Math.floor(i / KINDS.length)}`);
  });
}

function deleted(cache: Cache, load: Load, key: string): Subject {
  return {
    key,
    reads: [
      () => cache.getOrSet(key, () => load(key), { ttl: '1m' }),
      () => cache.get<Value>(key),
      async () => (await cache.getMany<Value>([key]))[0],
    ],
    invalidations: [
      { via: 'delete', strict: true, invalidate: (options) => cache.delete(key, options) },
      { via: 'deleteMany', strict: true, invalidate: (options) => cache.deleteMany([key, 'other'], options) },
    ],
  };
}

function tagged(cache: Cache, load: Load, key: string): Subject {
  const tags = [`${key}-one`, `${key}-two`];
  return {
    key,
    reads: [() => cache.getOrSet(key, () => load(key), { ttl: '1m', tags })],
    invalidations: tags.map((tag) => ({
      via: 'invalidateTags',
      strict: true,
      invalidate: (options) => cache.invalidateTags([tag], options),
    })),
  };
}

function patterned(cache: Cache, load: Load, name: string): Subject {
  const key = `${name}:1`;
  return {
    key,
    reads: [() => cache.getOrSet(key, () => load(key), { ttl: '1m' }), () => cache.get<Value>(key)],
    invalidations: [{ via: 'deletePattern', invalidate: () => cache.deletePattern(`${name}:*`) }],
  };
}

function set(cache: Cache, load: Load, key: string): Subject {
  return {
    key,
    isSet: true,
    reads: [() => cache.getOrSet(key, () => load(key), { ttl: '1m' }), () => cache.get<Value>(key)],
    invalidations: [{ via: 'set', invalidate: (_, value) => cache.set(key, value, { ttl: '1m' }) }],
  };
}

function called(cache: Cache, load: Load, key: string): Subject {
  const find = cache.cached(() => load(key), { id: key, ttl: '1m' });
  return {
    key,
    reads: [() => find(), () => find.peek()],
    invalidations: [
      { via: 'handle.delete', invalidate: () => find.delete() },
      { via: 'handle.clear', invalidate: () => find.clear() },
    ],
  };
}

function cleared(cache: Cache, load: Load, key: string): Subject {
  const part = cache.namespace(key);
  return {
    key,
    reads: [() => part.getOrSet(key, () => load(key), { ttl: '1m' })],
    invalidations: [{ via: 'clear', strict: true, invalidate: (options) => part.clear(options) }],
  };
}

function refreshed(cache: Cache, load: Load, key: string): Subject {
  const policy = { ttl: '150ms', staleWhileRevalidate: '10s', staleIfError: '10s' } as const;
  return {
    key,
    reads: [() => cache.getOrSet(key, () => load(key), policy)],
    invalidations: [{ via: 'delete', strict: true, invalidate: (options) => cache.delete(key, options) }],
  };
}

const KINDS: readonly Kind[] = [deleted, tagged, patterned, set, called, cleared, refreshed];
