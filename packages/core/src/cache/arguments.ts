import { CacheConfigError, CacheKeyError } from '../errors.js';
import { describe } from '../policy/known-options.js';

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
