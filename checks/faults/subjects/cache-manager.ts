import { createCache } from 'cache-manager';
import { createKeyv } from 'cacheable';
import { Keyv } from 'keyv';
import { keyvStoreOf } from './connection.js';
import { HOUR, type Place, type Subject } from './subject.js';

/** Memory in front of Redis, as its README stacks them. */
export function openCacheManager(place: Place): Subject {
  const shared = new Keyv(keyvStoreOf(place), { namespace: 'faults' });
  shared.on('error', () => {});
  const cache = createCache({ stores: [createKeyv(), shared] });
  return {
    getOrSet: (key, loader, { ttl = HOUR } = {}) => cache.wrap(key, loader, ttl),
    set: (key, value, { ttl = HOUR } = {}) => cache.set(key, value, ttl),
    delete: (key) => cache.del(key),
    clear: () => cache.clear(),
    close: () => cache.disconnect(),
  };
}
