import { Cacheable } from '@type-cacheable/core';
import { LRUCacheAdapter } from '@type-cacheable/lru-cache-adapter';
import { LRUCache } from 'lru-cache';
import { ROOM } from '../workload.mjs';

/** The decorator, applied by hand to what TypeScript would pass it. Derives its own keys. Its ttl is in seconds. */
export const typeCacheable = {
  name: 'type-cacheable `@Cacheable`',
  packages: ['@type-cacheable/core', '@type-cacheable/lru-cache-adapter', 'lru-cache'],
  create(loader) {
    class Users {
      find(argument) {
        return loader(argument);
      }
    }
    const client = new LRUCacheAdapter(new LRUCache({ max: ROOM }));
    const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'find');
    const decorate = Cacheable({ client, ttlSeconds: 3600 });
    Object.defineProperty(
      Users.prototype,
      'find',
      decorate(Users.prototype, 'find', descriptor) ?? descriptor,
    );
    const users = new Users();
    return (argument) => users.find(argument);
  },
};
