import type { Cache } from '../cache/cache.js';
import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';
import { nonce } from '../tags/nonce.js';
import { assertedPolicy } from './assert-policy.js';
import { Binding, type Definition } from './binding.js';
import { resolveCache } from './cache-resolver.js';
import type { AsyncFunction, CachedFunction, FunctionPolicy, Policy } from './function-policy.js';
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
  const binding = (): Binding => {
    bound ??= bind(definition, what);
    return bound;
  };
  const wrapped = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return binding().call(this, args);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return Object.assign(wrapped, {
    original: fn,
    keyOf: (...args: unknown[]) => binding().key(undefined, args),
    delete: async (...args: unknown[]) => binding().delete(undefined, args),
    clear: async () => binding().clear(),
    refresh: async (...args: unknown[]) => binding().refresh(undefined, args),
    peek: async (...args: unknown[]) => binding().peek(undefined, args),
  }) as unknown as CachedFunction<F>;
}

function bind(definition: Definition, what: string): Binding {
  const cache = resolveCache(definition.policy.cache, what);
  return new Binding(definition, cache, definition.policy.id ?? derivedId(definition.fn.name, cache));
}

const warned = new Set<string>();

/** @throws CacheConfigError if the function has no name and other processes could not know the one it gets here */
function derivedId(name: string, cache: Cache): string {
  const isPrivate = cache.engine.tiers.back.local;
  if (name === '' && !isPrivate) {
    throw new CacheConfigError(
      `id: none was given for an anonymous function, and tier '${cache.engine.tiers.back.name}' is shared with other processes. ` +
        "Allowed: cached(fn, { id: 'some.name', … }), or a function with a name.",
    );
  }
  if (name === '') return `anonymous-${nonce()}`;
  if (!isPrivate) warnOfDerived(name);
  return name;
}

/** Once per id: minifiers rename functions, and then two builds do not share their entries. */
export function warnOfDerived(id: string): void {
  if (warned.has(id)) return;
  warned.add(id);
  console.warn(
    `keepsake: the id '${id}' is taken from the code, and other processes share the tier. ` +
      'Give it an `id`: a minifier may rename it.',
  );
}
