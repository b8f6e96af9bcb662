import type { BatchContext, BatchPolicy, Cache, CachedBatch } from '@keepsake/core';

export interface User {
  readonly id: string;
  readonly name: string;
}

type Place = User | Error | undefined;
type FetchUsers = (
  ids: readonly string[],
  context: BatchContext<string, User | undefined>,
) => Promise<readonly Place[]>;

/** What a source says of the users asked for: of each on its own, and when. */
export interface Source {
  /** What stands in for a user from now on. @default the user called after its id */
  readonly places: Map<string, Place>;
  /** The ids of every call of the function. */
  readonly calls: readonly (readonly string[])[];
  readonly contexts: readonly BatchContext<string, User | undefined>[];
  /** What every call waits for from now on. */
  wait: Promise<unknown>;
}

/** A batch function over a source that the test holds, in `cache`. */
export function users(
  cache: Cache,
  policy: Omit<BatchPolicy<string, User | undefined>, 'cache'> = {},
): { readonly find: CachedBatch<FetchUsers>; readonly source: Source } {
  const calls: (readonly string[])[] = [];
  const contexts: BatchContext<string, User | undefined>[] = [];
  const source: Source = { places: new Map(), calls, contexts, wait: Promise.resolve() };
  const place = (id: string): Place => (source.places.has(id) ? source.places.get(id) : user(id));
  const fetchUsers: FetchUsers = async (ids, context) => {
    calls.push(ids);
    contexts.push(context);
    await source.wait;
    return ids.map(place);
  };
  return { find: cache.cachedBatch(fetchUsers, { id: 'users', ...policy }), source };
}

export function user(id: string): User {
  return { id, name: `user ${id}` };
}
