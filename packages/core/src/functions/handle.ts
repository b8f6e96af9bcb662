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
  /** `true` if something was there. A load that runs now is not stored. */
  delete(...args: Parameters<F>): Promise<boolean>;
  /** Removes every entry of this function, in its version. */
  clear(): Promise<void>;
  /** Loads now, stores and returns the result. */
  refresh(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** The cached result, never the loader's. */
  peek(...args: Parameters<F>): Promise<Awaited<ReturnType<F>> | undefined>;
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
    clear: async () => bindings.of(self).clear(),
    refresh: async (...args) => bindings.of(self).refresh(self, args),
    peek: async (...args) => bindings.of(self).peek(self, args),
  };
}
