import type { InvalidateOptions } from '../cache/operations.js';
import type { Explanation } from '../explain/explanation.js';
import type { Bindings } from './bindings.js';
import type { AsyncFunction } from './function-policy.js';

/** What can be done with the entries of a wrapped function, by its arguments. */
export interface Handle<F extends AsyncFunction> {
  /**
   * The key of a call inside its cache: `id[@version][:scope…]:<sha256 hex>`.
   *
   * @throws CacheKeyError if the arguments cannot identify a call
   */
  keyOf(...args: Parameters<F>): string;
  /**
   * `true` if something was there. A load that runs now is not stored. Who must know that every tier has acknowledged it
   * deletes by the key: `cache.delete(findUser.keyOf('42'), { strict: true })`.
   */
  delete(...args: Parameters<F>): Promise<boolean>;
  /**
   * Removes every entry of this function, in its version.
   *
   * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
   */
  clear(options?: InvalidateOptions): Promise<void>;
  /** Loads now, stores and returns the result. */
  refresh(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** The cached result, never the loader's. */
  peek(...args: Parameters<F>): Promise<Awaited<ReturnType<F>> | undefined>;
  /**
   * What a call would meet now, tier by tier, as data and as lines of text. Nothing is loaded, moved, counted or told to
   * listeners; a tier that does not answer costs its timeout.
   *
   * @throws CacheKeyError if the arguments cannot identify a call
   * @example
   * ```ts
   * import { createCache, memory } from 'keepsake';
   * const cache = createCache({ backend: memory(), ttl: '1h' });
   * const findUser = cache.cached(async function findUser(id: string) {
   *   return { id, name: 'Ada' };
   * });
   * (await findUser.explain('42')).verdict; // 'load'
   * await findUser('42');
   * const explanation = await findUser.explain('42');
   * explanation.verdict; // 'hit'
   * console.log(String(explanation)); // for human eyes
   * ```
   */
  explain(...args: Parameters<F>): Promise<Explanation>;
  /** The function as it was before it was wrapped. */
  readonly original: F;
}

/** The handle of the entries that calls on `self` have. */
export function handle(bindings: Bindings, self: unknown): Handle<AsyncFunction> {
  return {
    original: bindings.definition.fn,
    keyOf: (...args) => bindings.of(self).key(self, args),
    // async, so that a policy that cannot be resolved is a rejection.
    delete: async (...args) => bindings.of(self).delete(self, args),
    clear: async (options) => bindings.of(self).clear(options),
    refresh: async (...args) => bindings.of(self).refresh(self, args),
    peek: async (...args) => bindings.of(self).peek(self, args),
    explain: async (...args) => bindings.of(self).explain(self, args),
  };
}
