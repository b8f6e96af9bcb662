import type { InvalidateOptions } from '../cache/operations.js';
import { CacheConfigError, CacheKeyError } from '../errors.js';
import { resolveCache } from '../functions/cache-resolver.js';
import { derivedId } from '../functions/derived-id.js';
import { placeOfCaller } from '../functions/place.js';
import { describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';
import { BatchBinding, type BatchDefinition } from './batch-binding.js';
import type { CachedBatch, CheckBatch, ItemOf, LoadMany, ValueOf } from './batch-function.js';
import { assertedBatchPolicy, type BatchPolicy } from './batch-policy.js';

/**
 * A function that caches what `loadMany` loads, item by item. A call asks the cache for all of its items at once, and
 * `loadMany` gets only those that it lacks, together with those that other calls of the same tick lack.
 *
 * `loadMany` returns a Map from items to values, or an array with a place for each item. An item that is not in the Map,
 * or whose place is `undefined`, is one that the source does not have: that is cached like any value. An `Error` in place
 * of a value is the error of that item alone; if `loadMany` itself rejects, all items of its call have failed. Equal items
 * are one; with items that are objects return an array, or a Map with the very objects that `loadMany` was handed.
 *
 * @throws CacheConfigError if the policy is wrong (now) or the id is taken (at the first call, as a rejection)
 * @example
 * ```ts
 * import { cachedBatch } from 'keepsake';
 * const names = new Map([['1', 'Ada'], ['2', 'Alan']]);
 * async function fetchUsers(ids: readonly string[]) {
 *   return new Map(ids.filter((id) => names.has(id)).map((id) => [id, { id, name: names.get(id) }]));
 * }
 * const findUsers = cachedBatch(fetchUsers, { ttl: (user) => (user ? '5m' : '10s'), maxBatch: 100 });
 * await findUsers(['1', '3', '1']); // [{ id: '1', name: 'Ada' }, undefined, { id: '1', name: 'Ada' }]
 * await findUsers.one('2'); // { id: '2', name: 'Alan' }
 * await findUsers.delete('1', '2', '4'); // 2
 * ```
 */
export function cachedBatch<L extends LoadMany>(
  loadMany: L & CheckBatch<L>,
  policy: Ttl | BatchPolicy<ItemOf<L>, ValueOf<L>> = {},
): CachedBatch<L> {
  if (typeof loadMany !== 'function') {
    throw new CacheConfigError(
      `cachedBatch: ${describe(loadMany)} was given. Allowed: a function from a list of items to a promise.`,
    );
  }
  const what = `cachedBatch(${loadMany.name || 'anonymous'})`;
  const asserted = assertedBatchPolicy(policy as Ttl | BatchPolicy, what);
  const definition: BatchDefinition = { loadMany, ...asserted, place: placeOfCaller(cachedBatch), what };
  let bound: BatchBinding | undefined;
  const binding = (): BatchBinding => {
    if (!bound || bound.outdated) bound = bind(definition);
    return bound;
  };
  return surface(definition, binding) as CachedBatch<L>;
}

function bind(definition: BatchDefinition): BatchBinding {
  const { loadMany, policy, what } = definition;
  const cache = resolveCache(policy.cache, what);
  return new BatchBinding(definition, cache, policy.id ?? derivedId([loadMany.name], cache));
}

function surface({ loadMany, what }: BatchDefinition, bound: () => BatchBinding): CachedBatch<LoadMany> {
  // async, so that a policy that cannot be resolved is a rejection.
  const settled = async (items: readonly unknown[], refresh = false) =>
    Promise.allSettled(bound().values(asserted(items, what), refresh));
  const find = async (items: readonly unknown[]) => valuesOf(await settled(items));
  return Object.assign(Object.defineProperty(find, 'name', { value: loadMany.name }), {
    settled: async (items: readonly unknown[]) => settled(items),
    one: async (item: unknown) => bound().values([item], false)[0],
    keyOf: (item: unknown) => bound().key(item),
    explain: async (item: unknown) => bound().explain(item),
    delete: async (...items: readonly unknown[]) => bound().delete(items),
    clear: async (options?: InvalidateOptions) => bound().clear(options),
    refresh: async (items: readonly unknown[]) => valuesOf(await settled(items, true)),
    peek: async (items: readonly unknown[]) => bound().peek(asserted(items, what)),
    original: loadMany,
  });
}

/** The values of all, or the error of the first one that failed. */
function valuesOf(settled: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

/** @throws CacheKeyError unless a list of items was given */
function asserted(items: readonly unknown[], what: string): readonly unknown[] {
  if (Array.isArray(items)) return items;
  throw new CacheKeyError(`${what}: ${describe(items)} was given. Allowed: an array of items.`);
}
