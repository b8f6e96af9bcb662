import { createCache } from 'cache-manager';
import { keyOf } from '../workload.mjs';

/** As it comes: one Keyv over a Map. */
export const cacheManager = {
  name: 'cache-manager `wrap`',
  packages: ['cache-manager', 'keyv'],
  create(loader) {
    const cache = createCache({ ttl: 3_600_000 });
    return (argument) => cache.wrap(keyOf(argument), () => loader(argument));
  },
};
