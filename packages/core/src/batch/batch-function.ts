import type { InvalidateOptions } from '../cache/operations.js';
import type { Explanation } from '../explain/explanation.js';
import type { BatchContext } from './batch-context.js';

/** A function that loads many items at once. */
// biome-ignore-start lint/suspicious/noExplicitAny: only `any` accepts every type of item, readonly arrays and others
export type LoadMany = (
  items: any[],
  context: BatchContext<any, any>,
) => Promise<ReadonlyMap<any, any> | readonly any[]>;
// biome-ignore-end lint/suspicious/noExplicitAny: see above

/** What a batch function takes many of. */
export type ItemOf<L extends LoadMany> = Parameters<L>[0] extends readonly (infer I)[] ? I : never;

/** What a batch function finds for one item; `undefined` where the source has no such item. */
export type ValueOf<L extends LoadMany> = NotError<PlaceOf<Awaited<ReturnType<L>>>> | undefined;

/** A wrapped batch function, and what can be done with the entries of its items. */
export interface CachedBatch<L extends LoadMany> {
  /**
   * What the source has for each of `items`, in their order, `undefined` where it has nothing.
   *
   * Rejects, when all items are settled, with the error of the first one that failed.
   */
  (items: readonly ItemOf<L>[]): Promise<ValueOf<L>[]>;
  /** As the call itself, with the error of an item in its own place. */
  settled(items: readonly ItemOf<L>[]): Promise<PromiseSettledResult<ValueOf<L>>[]>;
  /** One item, loaded with the others of its tick. */
  one(item: ItemOf<L>): Promise<ValueOf<L>>;
  /**
   * The key of an item inside the cache, as of a function that loads one: `id[@version][:scope…]:<sha256 hex>`.
   *
   * @throws CacheKeyError if the item cannot be identified
   */
  keyOf(item: ItemOf<L>): string;
  /** What a call with this one item would meet now; see `Handle.explain`. */
  explain(item: ItemOf<L>): Promise<Explanation>;
  /** How many of `items` were there. A load of one of them that runs now is not stored. */
  delete(...items: readonly ItemOf<L>[]): Promise<number>;
  /**
   * Removes every entry of this function, in its version.
   *
   * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
   */
  clear(options?: InvalidateOptions): Promise<void>;
  /** Loads now, stores and returns what the source has. */
  refresh(items: readonly ItemOf<L>[]): Promise<ValueOf<L>[]>;
  /** What is cached, never the loader's; `undefined` also where that is kept of an item that the source does not have. */
  peek(items: readonly ItemOf<L>[]): Promise<ValueOf<L>[]>;
  /** The function as it was before it was wrapped. */
  readonly original: L;
}

/** Nothing if the Map that a batch function returns has keys of the type of its items; otherwise what is wrong with it. */
export type CheckBatch<L extends LoadMany> =
  Awaited<ReturnType<L>> extends ReadonlyMap<infer K, unknown>
    ? [ItemOf<L>] extends [K]
      ? unknown
      : [K] extends [ItemOf<L>]
        ? unknown
        : { readonly 'the keys of the Map are not the items': [keys: K, items: ItemOf<L>] }
    : unknown;

/** What stands for one item in the result of a batch function. */
type PlaceOf<R> = R extends ReadonlyMap<unknown, infer V> ? V : R extends readonly (infer V)[] ? V : never;

/** Without errors. A value with a name and a message is none: it has no `stack`. */
type NotError<V> = V extends Error ? ('stack' extends keyof V ? never : V) : Exclude<V, undefined>;
