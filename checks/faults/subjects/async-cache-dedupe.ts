import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';
import { clusterOf, connectionOf } from './connection.js';
import { HOUR, NotOffered, type Place, type Subject } from './subject.js';

/** Redis with one load per key and process; its other storage, memory, is not stacked in front. */
export function openAsyncCacheDedupe({ url, cluster }: Place): Subject {
  const client = cluster ? clusterOf(cluster) : new Redis(connectionOf(url));
  const loaders = new Map<string, () => Promise<string>>();
  const cache = createCache({
    ttl: HOUR / 1000,
    storage: { type: 'redis', options: { client: client as Redis } },
  }).define('load', async (key: string) => loaders.get(key)?.());
  return {
    getOrSet(key, loader, options) {
      // Of a function, not of a call; nor are there tags that a call could bring.
      if (options?.ttl !== undefined || options?.tags) return Promise.reject(new NotOffered());
      loaders.set(key, loader);
      return cache.load(key);
    },
    delete: (key) => cache.clear('load', key),
    clear: () => cache.clear(),
    close: () => client.quit(),
  };
}
