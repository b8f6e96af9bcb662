import { CacheConfigError } from '../errors.js';
import type { AsyncFunction } from '../functions/function-policy.js';
import type { Handle } from '../functions/handle.js';
import { cachedMethodOf } from './cached-method.js';

/** The names of the methods of `T` that return a promise. */
export type AsyncMethodName<T> = {
  [K in keyof T]: T[K] extends AsyncFunction ? K : never;
}[keyof T];

/** The handle of one method. */
export type MethodHandle<T, K extends keyof T> = T[K] extends AsyncFunction ? Handle<T[K]> : never;

/**
 * The handle of a decorated method's entries, for an instance, or the class itself for a static method.
 *
 * @throws CacheConfigError if the method is not decorated with `@Cached`
 * @example
 * ```ts
 * import { Cached, handleOf } from 'keepsake';
 * class Users {
 *   @Cached('5m')
 *   async find(id: string) {
 *     return { id };
 *   }
 * }
 * const users = new Users();
 * await users.find('42');
 * await handleOf(users, 'find').delete('42'); // true
 * ```
 */
export function handleOf<T extends object, K extends AsyncMethodName<T>>(
  target: T,
  name: K,
): MethodHandle<T, K> {
  const method = cachedMethodOf(target[name]);
  if (!method) throw new CacheConfigError(`handleOf: '${String(name)}' is no method with @Cached.`);
  const handle = {
    original: method.definition.fn,
    keyOf: (...args: unknown[]) => method.binding(target).key(target, args),
    delete: async (...args: unknown[]) => method.binding(target).delete(target, args),
    clear: async () => method.binding(target).clear(),
    refresh: async (...args: unknown[]) => method.binding(target).refresh(target, args),
    peek: async (...args: unknown[]) => method.binding(target).peek(target, args),
  };
  return handle as unknown as MethodHandle<T, K>;
}
