import { CacheConfigError, CacheKeyError } from '../errors.js';
import { describe } from '../policy/known-options.js';

/** @throws CacheConfigError unless `tags` are texts in an array; not a text: its characters would be taken for tags. */
export function asTags(tags: unknown): readonly string[] {
  if (Array.isArray(tags)) return tags.map(assertTag);
  throw new CacheConfigError(`tags: ${describe(tags)} was given. Allowed: an array of texts.`);
}

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

function assertTag(tag: unknown): string {
  if (typeof tag === 'string' && tag !== '' && !tag.startsWith('\0')) return tag;
  throw new CacheConfigError(`tags: ${describe(tag)} was given. Allowed: texts that are not empty.`);
}
