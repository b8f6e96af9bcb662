import Keyv from 'keyv';
import { keyOf } from '../workload.mjs';

/** As it comes: a Map as its store, values serialised to JSON. */
export const keyv = {
  name: 'keyv + JSON key',
  packages: ['keyv'],
  create(loader) {
    const store = new Keyv({ ttl: 3_600_000 });
    return async (argument) => {
      const key = keyOf(argument);
      const found = await store.get(key);
      if (found !== undefined) return found;
      const value = await loader(argument);
      await store.set(key, value);
      return value;
    };
  },
};
