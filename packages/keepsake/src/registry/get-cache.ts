import { type Cache, CacheConfigError } from '@keepsake/core';
import { allowedText } from '../config/suggestion.js';
import { currentConfig } from './configure.js';
import { makeCache } from './make-cache.js';
import { registry } from './registry.js';

const DEFAULT = 'default';

/**
 * The cache that the config calls `name`: for the same name, the same cache. Made at the first call, connected when
 * it is used.
 *
 * @param name - @default 'default', which is there without any config
 * @throws CacheConfigError if there is none by that name, or the config is wrong
 * @example
 * ```ts
 * import { getCache } from 'keepsake';
 * await getCache().set('user:42', { name: 'Ada' }, { ttl: '5m' });
 * ```
 */
export function getCache(name: string = DEFAULT): Cache {
  const { caches } = registry();
  const known = caches.get(name);
  if (known) return known;
  const config = currentConfig();
  const names = [...new Set([DEFAULT, ...Object.keys(config.caches ?? {})])];
  if (!names.includes(name)) {
    throw new CacheConfigError(`There is no cache '${String(name)}'. ${allowedText(name, names)}`);
  }
  const cache = makeCache(name, config);
  caches.set(name, cache);
  return cache;
}

/**
 * Closes every cache that was handed out: waits for what they still do, then ends their connections. They refuse new
 * work from then on.
 */
export async function closeAll(): Promise<void> {
  const closings = [...registry().caches.values()].map((cache) => cache.close());
  const failed = (await Promise.allSettled(closings)).find((closing) => closing.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Closes every cache and forgets the config, so that `configure` may be called again: for tests. A function that was
 * called already keeps the cache it had.
 */
export async function resetConfiguration(): Promise<void> {
  const known = registry();
  try {
    await closeAll();
  } finally {
    known.caches.clear();
    known.backends.clear();
    known.config = undefined;
  }
}
