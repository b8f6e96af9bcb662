import { LRUCache } from 'lru-cache';
import { keyOf, ROOM } from '../workload.mjs';

/** Holds the promises, which is its fastest use; its own `fetch()` does more. */
export const lruCache = {
  name: 'lru-cache + JSON key',
  packages: ['lru-cache'],
  create(loader) {
    const promises = new LRUCache({ max: ROOM, ttl: 3_600_000 });
    return (argument) => {
      const key = keyOf(argument);
      let promise = promises.get(key);
      if (promise === undefined) {
        promise = loader(argument);
        promises.set(key, promise);
      }
      return promise;
    };
  },
};
