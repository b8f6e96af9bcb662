import { keyOf } from '../workload.mjs';

/** What people write by hand: no bound, no expiry, a rejection stays for ever. */
export const plainMap = {
  name: 'Map + JSON key + stored promise',
  packages: [],
  create(loader) {
    const promises = new Map();
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
