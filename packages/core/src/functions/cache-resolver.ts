import type { Cache } from '../cache/cache.js';
import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';

/** Finds a cache by its name, the default cache without one. */
export type CacheResolver = (name?: string) => Cache;

// On globalThis, so that two copies of this package (ESM and CommonJS) agree on what the caches are.
const RESOLVER = Symbol.for('keepsake.resolver');
const shared = globalThis as { [RESOLVER]?: CacheResolver };

/** Says where named caches and the default cache come from. The `keepsake` package does. */
export function setCacheResolver(resolver: CacheResolver): void {
  shared[RESOLVER] = resolver;
}

/**
 * The cache that a policy names.
 *
 * @throws CacheConfigError if there is none by that name
 */
export function resolveCache(given: string | Cache | undefined, what: string): Cache {
  if (typeof given === 'object') return given;
  const resolver = shared[RESOLVER];
  if (resolver) return resolver(given);
  throw new CacheConfigError(
    `${what}: cache: ${given === undefined ? 'none' : describe(given)} was given, and no caches are configured. ` +
      "Import `cached` and `Cached` from 'keepsake', or give a Cache.",
  );
}
