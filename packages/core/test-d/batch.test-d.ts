import {
  type BatchContext,
  type CachedBatch,
  cached,
  cachedBatch,
  createCache,
  type LoaderContext,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { expectTypeOf } from 'expect-type';

interface User {
  readonly id: string;
  readonly name: string;
}

class NotFound extends Error {}

async function fetchUsers(ids: readonly string[]): Promise<Map<string, User | NotFound>> {
  return new Map(ids.map((id) => [id, { id, name: 'Ada' }]));
}

// Items and values are those of the function; an error is no value, and any item may be missing.
const findUsers = cachedBatch(fetchUsers, '5m');
expectTypeOf(findUsers).toEqualTypeOf<CachedBatch<typeof fetchUsers>>();
expectTypeOf(findUsers(['1'])).toEqualTypeOf<Promise<(User | undefined)[]>>();
expectTypeOf(findUsers.settled(['1'])).toEqualTypeOf<Promise<PromiseSettledResult<User | undefined>[]>>();
expectTypeOf(findUsers.one('1')).toEqualTypeOf<Promise<User | undefined>>();
expectTypeOf(findUsers.keyOf).parameters.toEqualTypeOf<[string]>();
expectTypeOf(findUsers.delete('1', '2')).toEqualTypeOf<Promise<number>>();
expectTypeOf(findUsers.clear()).toEqualTypeOf<Promise<void>>();
expectTypeOf(findUsers.refresh(['1'])).toEqualTypeOf<Promise<(User | undefined)[]>>();
expectTypeOf(findUsers.peek(['1'])).toEqualTypeOf<Promise<(User | undefined)[]>>();
expectTypeOf(findUsers.original).toEqualTypeOf<typeof fetchUsers>();
findUsers(['1', '2'] as const);
// @ts-expect-error one item is no list
findUsers('1');
// @ts-expect-error items of another type
findUsers([1]);
// @ts-expect-error a list is no item
findUsers.delete(['1']);

// An array with a place for each item.
const findNames = cachedBatch(
  async (ids: number[]): Promise<readonly (string | null | Error | undefined)[]> => ids.map(String),
  { id: 'names', ttl: '5m' },
);
expectTypeOf(findNames([1])).toEqualTypeOf<Promise<(string | null | undefined)[]>>();

// A value that looks like an error to the compiler is one all the same.
const findNotes = cachedBatch(
  async (_: readonly string[]): Promise<{ readonly name: string; readonly message: string }[]> => [],
  { id: 'notes', ttl: '5m' },
);
expectTypeOf(findNotes.one('1')).toEqualTypeOf<
  Promise<{ readonly name: string; readonly message: string } | undefined>
>();

// Callbacks know the item, and that it may be missing.
cachedBatch(fetchUsers, {
  key: (id) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    return id;
  },
  scope: (id) => id,
  tags: (id) => [`user:${id}`],
  ttl: (user, id) => {
    expectTypeOf(user).toEqualTypeOf<User | undefined>();
    expectTypeOf(id).toEqualTypeOf<string>();
    return user ? '5m' : '10s';
  },
  when: (user, id) => user !== undefined && id !== '',
  cacheErrors: (error, id) => (error instanceof NotFound && id !== '' ? '1m' : false),
  maxBatch: 100,
  staleIfError: '1d',
});

// The context, written out or not.
cachedBatch(
  async (ids: readonly string[], context) => {
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    context.of('1').setTtl('5m');
    return ids;
  },
  { id: 'inferred', ttl: '5m' },
);
cachedBatch(
  async (ids: readonly string[], { signal }: BatchContext) => ids.map((id) => id + signal.aborted),
  { id: 'plain', ttl: '5m' },
);
cachedBatch(
  async (ids: readonly string[], { of }: BatchContext<string, User>) => {
    expectTypeOf(of('1')).toEqualTypeOf<LoaderContext<User>>();
    return ids.map((id) => of(id).stale?.value);
  },
  { id: 'typed', ttl: '5m' },
);

// A cache has no other cache.
const cache = createCache({ backend: memory(), ttl: '1h' });
expectTypeOf(cache.cachedBatch(fetchUsers)).toEqualTypeOf<CachedBatch<typeof fetchUsers>>();
cache.cachedBatch(fetchUsers, { tags: (id) => [id] });
// @ts-expect-error it is bound to this cache
cache.cachedBatch(fetchUsers, { cache: 'other' });

// @ts-expect-error there is no object whose items these would be
cachedBatch(fetchUsers, { perInstance: true });
// @ts-expect-error for one item, there is nothing to split
cached(async (id: string) => id, { maxBatch: 1 });
// @ts-expect-error no unit of time
cachedBatch(fetchUsers, '5x');
// @ts-expect-error no such option
cachedBatch(fetchUsers, { ttl: '5m', max: 100 });
// @ts-expect-error an item is a text
cachedBatch(fetchUsers, { key: (id: number) => id });
// @ts-expect-error the value may be missing
cachedBatch(fetchUsers, { ttl: (user) => (user.name === '' ? '1m' : '1h') });
// @ts-expect-error it takes no list
cachedBatch(async (id: string) => [id], '5m');
// @ts-expect-error neither a Map nor an array
cachedBatch(async (ids: readonly string[]) => new Set(ids), '5m');
// @ts-expect-error the keys of the Map are not the items, so that none would be found
cachedBatch(async (ids: readonly string[]) => new Map(ids.map((id) => [Number(id), id])), '5m');
