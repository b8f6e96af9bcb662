import { Keyv } from 'keyv';
import { keyvStoreOf } from './connection.js';
import { HOUR, type Place, type Subject } from './subject.js';

/** Redis alone, with `get`, load and `set` written by hand: Keyv has no memory in front and no `getOrSet`. */
export function openKeyv(place: Place): Subject {
  const keyv = new Keyv(keyvStoreOf(place), { namespace: 'faults' });
  keyv.on('error', () => {});
  const set = (key: string, value: string, { ttl = HOUR } = {}): Promise<boolean> =>
    keyv.set(key, value, ttl);
  return {
    async getOrSet(key, loader, options) {
      const found: unknown = await keyv.get(key);
      if (found !== undefined) return found;
      const value = await loader();
      await set(key, value, options);
      return value;
    },
    set,
    delete: (key) => keyv.delete(key),
    clear: () => keyv.clear(),
    close: () => keyv.disconnect(),
  };
}
