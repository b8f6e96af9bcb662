import { CacheConfigError } from '../errors.js';
import { encodePart } from './key-part.js';

/**
 * The path of the namespace `name` inside `path` (`''`: at the root). Encoded names are joined with `/`.
 *
 * @throws CacheConfigError if the name is empty
 * @example
 * ```ts
 * import { childPath } from '@keepsake/core';
 * childPath(childPath('', 'keepsake'), 'users'); // 'keepsake/users'
 * ```
 */
export function childPath(path: string, name: string): string {
  if (name === '') {
    throw new CacheConfigError("namespace: '' cannot name a namespace. Allowed: a text that is not empty.");
  }
  return path === '' ? encodePart(name) : `${path}/${encodePart(name)}`;
}

/** The key under which backends store `key` of the namespace at `path`. A path holds no `:`, so the first one ends it. */
export function storedKey(path: string, key: string): string {
  return `${path}:${key}`;
}

/** The literal prefixes of all that is stored in the namespace at `path`: its own keys, and the namespaces inside. */
export function prefixesOf(path: string): readonly [own: string, nested: string] {
  return [`${path}:`, `${path}/`];
}

/** What `storedKey` joined. */
export function splitStoredKey(stored: string): { readonly path: string; readonly key: string } {
  const end = stored.indexOf(':');
  return { path: stored.slice(0, end), key: stored.slice(end + 1) };
}
