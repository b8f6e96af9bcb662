import type { Cache } from '../cache/cache.js';
import { CacheConfigError } from '../errors.js';
import { nonce } from '../tags/nonce.js';

const warned = new Set<string>();

/**
 * The id of what has no `id`: its name in the code, or the names of its class and of the method.
 *
 * @throws CacheConfigError if the first name is empty and other processes could not know the one it gets here
 */
export function derivedId(names: readonly string[], cache: Cache): string {
  const shared = cache.engine.tiers.tiers.find((tier) => !tier.local);
  const [first = '', ...rest] = names;
  if (first !== '') {
    const id = names.join('.');
    if (shared) warnOfDerived(id, shared.name);
    return id;
  }
  if (!shared) return [`anonymous-${nonce()}`, ...rest].join('.');
  throw new CacheConfigError(
    `id: none was given for ${rest.length === 0 ? 'an anonymous function' : `'${rest.join('.')}' of an anonymous class`}, ` +
      `and tier '${shared.name}' is shared with other processes. Allowed: an \`id\` in its policy, or a name.`,
  );
}

/** Once per id: minifiers rename functions, and then two builds do not share their entries. */
function warnOfDerived(id: string, tier: string): void {
  if (warned.has(id)) return;
  warned.add(id);
  console.warn(
    `keepsake: the id '${id}' is taken from the code, and other processes share tier '${tier}'. ` +
      'Give it an `id`: a minifier may rename it.',
  );
}
