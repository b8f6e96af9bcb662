import { Cacheable } from 'cacheable';
import { keyvStoreOf } from './connection.js';
import { HOUR, type Place, type Subject } from './subject.js';

/** Memory in front of Redis, blocking as it is by default. `CacheSync` wants a package of its own and is not there. */
export function openCacheable(place: Place): Subject {
  const cache = new Cacheable({ secondary: keyvStoreOf(place), tags: place.tagged ?? false });
  // Told of errors, as its README advises.
  cache.on('error', () => {});
  return {
    getOrSet: (key, loader, { ttl = HOUR, tags = [] } = {}) =>
      cache.getOrSet(key, loader, { ttl, ...(tags.length > 0 ? { tags: [...tags] } : {}) }),
    set: (key, value, { ttl = HOUR, tags = [] } = {}) =>
      tags.length > 0 ? cache.set(key, value, { ttl, tags: [...tags] }) : cache.set(key, value, ttl),
    delete: (key) => cache.delete(key),
    ...(place.tagged ? { invalidateTag: (tag: string) => cache.tags.invalidateTag(tag) } : {}),
    clear: () => cache.clear(),
    close: () => cache.disconnect(),
  };
}
