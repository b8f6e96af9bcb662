import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';
import { assertedPolicy } from './assert-policy.js';
import { Binding, type Definition } from './binding.js';
import { wrapped } from './bindings.js';
import { resolveCache } from './cache-resolver.js';
import { derivedId } from './derived-id.js';
import type { AsyncFunction, CachedFunction, FunctionPolicy, Policy } from './function-policy.js';
import { handle } from './handle.js';
import { placeOfCaller } from './place.js';

/**
 * A function that caches the results of `fn`: same arguments, same result, one load at a time. Also has the handle of
 * its entries (`keyOf`, `delete`, `clear`, `refresh`, `peek`, `original`).
 *
 * The id is the function's name unless the policy gives one. An anonymous function gets a private id where every tier
 * belongs to this process, and is refused elsewhere.
 *
 * @throws CacheConfigError if the policy is wrong (now) or the id is taken (at the first call, as a rejection)
 * @example
 * ```ts
 * import { cached } from 'keepsake';
 * async function fetchUser(id: string) {
 *   return { id, name: 'Ada' };
 * }
 * const findUser = cached(fetchUser, '5m');
 * await findUser('42');
 * await findUser.delete('42'); // true
 * ```
 */
export function cached<F extends AsyncFunction>(
  fn: F,
  policy: Ttl | FunctionPolicy<F> = {},
): CachedFunction<F> {
  if (typeof fn !== 'function') {
    throw new CacheConfigError(
      `cached: ${describe(fn)} was given. Allowed: a function that returns a promise.`,
    );
  }
  const what = `cached(${fn.name || 'anonymous'})`;
  const definition: Definition = {
    fn,
    policy: assertedPolicy(policy as Ttl | Policy, what),
    place: placeOfCaller(cached),
  };
  let bound: Binding | undefined;
  const bindings = {
    definition,
    of: (): Binding => {
      if (!bound || bound.outdated) bound = bind(definition, what);
      return bound;
    },
  };
  return Object.assign(wrapped(bindings), handle(bindings, undefined)) as CachedFunction<F>;
}

function bind(definition: Definition, what: string): Binding {
  const { fn, policy } = definition;
  const cache = resolveCache(policy.cache, what);
  return new Binding(definition, cache, policy.id ?? derivedId([fn.name], cache));
}
