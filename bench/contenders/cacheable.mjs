import { Cacheable } from 'cacheable';

/** Derives its own keys from the arguments. */
export const cacheable = {
  name: 'cacheable `wrap`',
  packages: ['cacheable'],
  create(loader) {
    const cache = new Cacheable({ ttl: '1h' });
    return cache.wrap(loader, { ttl: '1h', keyPrefix: 'find' });
  },
};
