import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';

/** @throws CacheConfigError unless `tags` are texts in an array; not a text: its characters would be taken for tags. */
export function asTags(tags: unknown): readonly string[] {
  if (Array.isArray(tags)) return tags.map(assertTag);
  throw new CacheConfigError(`tags: ${describe(tags)} was given. Allowed: an array of texts.`);
}

function assertTag(tag: unknown): string {
  if (typeof tag === 'string' && tag !== '' && !tag.startsWith('\0')) return tag;
  throw new CacheConfigError(`tags: ${describe(tag)} was given. Allowed: texts that are not empty.`);
}
