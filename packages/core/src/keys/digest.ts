import { sha256 } from '#sha256';
import { type CanonicalOptions, canonical } from './canonical.js';

/**
 * The SHA-256 of the canonical form of the arguments of a call: 64 lower-case hex digits.
 *
 * @throws CacheKeyError for what cannot be identified; names its path
 */
export function digest(args: readonly unknown[], options?: CanonicalOptions): string {
  return sha256(canonical(args, options));
}

/**
 * The digest that a call with these arguments has in its key: for keys of one's own, and for tests.
 *
 * @throws CacheKeyError for what cannot be identified; names its path
 * @example
 * ```ts
 * import { hashArgs } from '@keepsake/core';
 * hashArgs({ id: 1, lang: 'de' }) === hashArgs({ lang: 'de', id: 1 }); // true
 * ```
 */
export function hashArgs(...args: readonly unknown[]): string {
  return digest(args);
}
