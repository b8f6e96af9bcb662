import { corrupt, readBack, storedText } from './corrupt.js';
import type { Untagging } from './kind.js';
import { kinds } from './kinds.js';
import { put } from './own-property.js';
import { MAX_DEPTH } from './plain-json.js';
import { TAG, type Tagged } from './tagger.js';

/** Kinds that are one value each. */
const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);
const INTEGER = /^-?\d+$/;
/** The deepest tag: around a value that is no object, inside the deepest object. */
const MAX_STORED_DEPTH = MAX_DEPTH + 2;

/**
 * The value whose tagged form is `stored`. Takes `stored` over: literal objects and arrays become parts of the value.
 *
 * @throws CacheSerializationError if `stored` is not what `tagged` gave
 */
export function untagged(stored: unknown): unknown {
  return readBack('a part is not what its tag says', () => new Untagger().part(stored));
}

class Untagger implements Untagging {
  readonly #made: object[] = [];
  #depth = 0;

  // Bound, since kinds take them apart.
  readonly made = <T extends object>(object: T): T => {
    this.#made.push(object);
    return object;
  };

  readonly part = (stored: unknown): unknown => {
    if (typeof stored !== 'object' || stored === null) return stored;
    if (++this.#depth > MAX_STORED_DEPTH) throw corrupt('it is nested too deep');
    const value = this.#object(stored);
    this.#depth--;
    return value;
  };

  readonly own = <T extends object>(object: T, stored: Record<string, unknown>): T => {
    for (const key of Object.keys(stored)) put(object, key, this.part(stored[key]));
    return object;
  };

  #object(stored: object): unknown {
    if (Array.isArray(stored)) return this.#items(this.made(stored));
    if (Object.hasOwn(stored, TAG)) return this.#tagged(stored as Tagged);
    this.made(stored);
    for (const key of Object.keys(stored)) {
      const part = (stored as Record<string, unknown>)[key];
      if (typeof part === 'object' && part !== null) put(stored, key, this.part(part));
    }
    return stored;
  }

  #items(items: unknown[]): unknown[] {
    for (let i = 0; i < items.length; i++) items[i] = this.part(items[i]);
    return items;
  }

  #tagged(stored: Tagged): unknown {
    const name = storedText(stored[TAG]);
    if (CONSTANTS.has(name)) return CONSTANTS.get(name);
    if (name === 'bigint') return bigint(storedText(stored.of));
    if (name === 'ref') return this.#ref(stored.of);
    const kind = kinds.get(name);
    if (!kind) throw corrupt('a tag names an unknown kind');
    return kind.untag(stored.of, this);
  }

  #ref(index: unknown): object {
    const made = typeof index === 'number' ? this.#made[index] : undefined;
    if (!made) throw corrupt('a reference leads nowhere');
    return made;
  }
}

function bigint(digits: string): bigint {
  if (!INTEGER.test(digits)) throw corrupt('a bigint is no integer');
  return BigInt(digits);
}
