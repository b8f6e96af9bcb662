import { CacheConfigError, CacheKeyError } from '../errors.js';
import { assertKnownOptions, assertType, describe } from '../policy/known-options.js';
import { INVALIDATE_OPTIONS, SET_OPTIONS } from './operations.js';

/** @throws CacheConfigError unless a function was given */
export function assertFunction(option: string, given: unknown): void {
  if (typeof given === 'function') return;
  throw new CacheConfigError(`${option}: ${describe(given)} was given. Allowed: a function.`);
}

/** @throws CacheKeyError unless a pattern or a RegExp was given */
export function assertPattern(given: unknown): void {
  if (typeof given === 'string' || Object.prototype.toString.call(given) === '[object RegExp]') return;
  throw new CacheKeyError(`pattern: ${describe(given)} was given. Allowed: a pattern or a RegExp.`);
}

/** @throws CacheConfigError unless a list was given */
export function assertKeys(what: string, given: unknown): void {
  if (Array.isArray(given)) return;
  throw new CacheConfigError(`${what}: ${describe(given)} was given. Allowed: an array of keys.`);
}

/** @throws CacheConfigError unless a list of items was given, each with its value and no option that is unknown */
export function assertItems(given: unknown): void {
  if (!Array.isArray(given)) {
    throw new CacheConfigError(
      `setMany: ${describe(given)} was given. Allowed: an array of { key, value }, with options beside them.`,
    );
  }
  for (const item of given as readonly { readonly key?: unknown }[]) {
    assertKnownOptions('setMany', item, ['key', 'value', ...SET_OPTIONS]);
    if ('value' in item) continue;
    throw new CacheConfigError(
      `setMany: the item with the key ${describe(item.key)} has no \`value\`. Allowed: { key, value }; undefined is a value.`,
    );
  }
}

/**
 * @param more - what is allowed beside `strict`
 * @throws CacheConfigError that names the option of an invalidation that is wrong or unknown
 */
export function assertInvalidateOptions(what: string, given: unknown, ...more: readonly string[]): void {
  assertKnownOptions(what, given, [...INVALIDATE_OPTIONS, ...more]);
  assertType('strict', (given as { readonly strict?: unknown }).strict, 'boolean');
}
