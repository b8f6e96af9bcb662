import { chain } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import { type Overrides, wrap } from './wrap.js';

/**
 * A part of `inner` whose keys all start with `prefix`, which its users do not see. Internal keys keep their leading
 * `\0`, so that nothing lists them.
 *
 * @example
 * ```ts
 * import { memory, namespaced } from 'keepsake';
 * const users = namespaced(memory(), 'users:');
 * users.get('42'); // reads 'users:42'
 * ```
 */
export function namespaced(inner: Backend, prefix: string): Backend {
  const inside = (key: string): string =>
    key.startsWith('\0') ? `\0${prefix}${key.slice(1)}` : prefix + key;
  const outside = (key: string): string =>
    key.startsWith('\0') ? `\0${key.slice(1 + prefix.length)}` : key.slice(prefix.length);
  const many = (keys: readonly string[]): string[] => keys.map(inside);
  const listed = async function* (keys: AsyncIterable<string> | Iterable<string>): AsyncIterable<string> {
    for await (const key of keys) yield outside(key);
  };
  const {
    getMany,
    setMany,
    deleteMany,
    touch,
    setIf,
    increment,
    acquire,
    fill,
    renew,
    release,
    occupied,
    pin,
    bus,
  } = inner;
  const overrides: Overrides = {
    get: (key) => inner.get(inside(key)),
    set: (key, entry) => inner.set(inside(key), entry),
    delete: (key) => inner.delete(inside(key)),
    clear: (start = '') =>
      chain(inner.clear(inside(start)), () => (start === '' ? inner.clear(inside('\0')) : undefined)),
    keys: (start = '') => listed(inner.keys(inside(start))),
    getMany: getMany && ((keys) => getMany.call(inner, many(keys))),
    setMany:
      setMany &&
      ((items) =>
        setMany.call(
          inner,
          items.map(([key, entry]) => [inside(key), entry]),
        )),
    deleteMany: deleteMany && ((keys) => deleteMany.call(inner, many(keys))),
    touch: touch && ((key, staleAt, expiresAt) => touch.call(inner, inside(key), staleAt, expiresAt)),
    setIf: setIf && ((key, entry, condition) => setIf.call(inner, inside(key), entry, condition)),
    increment: increment && ((key, by, ttl) => increment.call(inner, inside(key), by, ttl)),
    acquire: acquire && ((key, token, ttl, refresh) => acquire.call(inner, inside(key), token, ttl, refresh)),
    fill: fill && ((key, entry, token) => fill.call(inner, inside(key), entry, token)),
    renew: renew && ((key, token, ttl) => renew.call(inner, inside(key), token, ttl)),
    release: release && ((key, token) => release.call(inner, inside(key), token)),
    occupied: occupied && ((start = '') => listed(occupied.call(inner, inside(start)))),
    pin: pin && ((key) => pin.call(inner, inside(key))),
    bus: bus && ((channel) => bus.call(inner, prefix + channel)),
  };
  return wrap(inner, overrides);
}
