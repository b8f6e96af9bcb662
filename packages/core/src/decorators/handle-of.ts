import { CacheConfigError } from '../errors.js';
import { bindingsOf } from '../functions/bindings.js';
import type { AsyncFunction } from '../functions/function-policy.js';
import { type Handle, handle } from '../functions/handle.js';

/** The names of the methods of `T` that return a promise. */
export type AsyncMethodName<T> = {
  [K in keyof T]: T[K] extends AsyncFunction ? K : never;
}[keyof T];

/** The handle of one method. */
export type MethodHandle<T, K extends keyof T> = T[K] extends AsyncFunction ? Handle<T[K]> : never;

/**
 * The handle of a decorated method's entries, for an instance, or the class itself for a static method. It also works
 * for a property that `cached` made.
 *
 * A cached method that calls a cached `super` method sits on entries of that one, which this handle does not reach: give
 * both a tag.
 *
 * @throws CacheConfigError if the method is not decorated with `@Cached`, or another decorator hides that it is
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
  const bindings = bindingsOf(target[name]) ?? inheritedBindings(target, name);
  if (bindings) return handle(bindings, target) as unknown as MethodHandle<T, K>;
  throw new CacheConfigError(
    `handleOf: '${String(name)}' is no method with @Cached. If it has one, put it above the decorators that replace the method.`,
  );
}

/** An instance may have a bound copy in place of the method that its class has. */
function inheritedBindings(target: object, name: PropertyKey): ReturnType<typeof bindingsOf> {
  if (!Object.hasOwn(target, name)) return undefined;
  const prototype = Object.getPrototypeOf(target) as Record<PropertyKey, unknown> | null;
  return bindingsOf(prototype?.[name]);
}
