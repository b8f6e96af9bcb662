import { createCache } from 'async-cache-dedupe';
import { ROOM } from '../workload.mjs';

/** Derives its own keys from the arguments. Its ttl is in seconds. */
export const asyncCacheDedupe = {
  name: 'async-cache-dedupe',
  packages: ['async-cache-dedupe'],
  create(loader) {
    const cache = createCache({ ttl: 3600, storage: { type: 'memory', options: { size: ROOM } } });
    cache.define('find', loader);
    return (argument) => cache.find(argument);
  },
};
