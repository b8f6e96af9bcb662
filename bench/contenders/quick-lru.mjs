import QuickLRU from 'quick-lru';
import { keyOf, ROOM } from '../workload.mjs';

/** Holds the promises, which is its fastest use. */
export const quickLru = {
  name: 'quick-lru + JSON key',
  packages: ['quick-lru'],
  create(loader) {
    const promises = new QuickLRU({ maxSize: ROOM, maxAge: 3_600_000 });
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
