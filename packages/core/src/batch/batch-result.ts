import { CacheConfigError } from '../errors.js';
import { describe } from '../policy/known-options.js';

/**
 * What a batch function found: a Map from items to values, or an array with a place for each item, in their order. An
 * item that is not in the Map, or whose place is `undefined`, is one that the source does not have; an `Error` is what
 * went wrong with that item alone.
 */
export type BatchResult<I, V> = ReadonlyMap<I, V | Error> | readonly (V | Error | undefined)[];

/** What became of one item. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * What `returned` says of each of `items`, in their order.
 *
 * @throws CacheConfigError if it is neither a Map that may have them for keys nor an array of their length
 */
export function outcomesOf(items: readonly unknown[], returned: unknown, what: string): readonly Outcome[] {
  if (isMap(returned)) {
    assertKeys(items, returned, what);
    return items.map((item) => outcome(returned.get(item)));
  }
  if (Array.isArray(returned) && returned.length === items.length) return Array.from(returned, outcome);
  const given = Array.isArray(returned)
    ? `an array of ${returned.length} for ${items.length} items`
    : describe(returned);
  throw new CacheConfigError(
    `${what}: its function returned ${given}. Allowed: a Map from items to values, or an array of one place per item, ` +
      '`undefined` for what the source does not have and an Error for what failed.',
  );
}

/** Keys of another kind find nothing, whatever the source has: every item would pass for missing, and be cached so. */
function assertKeys(items: readonly unknown[], found: ReadonlyMap<unknown, unknown>, what: string): void {
  if (found.size === 0 || items.some((item) => found.has(item))) return;
  const kinds = new Set(items.map(keyKind));
  if ([...found.keys()].some((key) => kinds.has(keyKind(key)))) return;
  throw new CacheConfigError(
    `${what}: its function returned a Map of which no key can be an item. Allowed: the items as they were handed over, ` +
      'of the same type; objects must be the same ones.',
  );
}

/** What two keys of a Map have in common if they can be equal: objects are equal to themselves only. */
function keyKind(key: unknown): unknown {
  return (typeof key === 'object' && key !== null) || typeof key === 'function' ? key : typeof key;
}

function outcome(found: unknown): Outcome {
  return isError(found) ? { error: found } : { value: found };
}

/** By their kind too: they may come from another realm. */
function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return value instanceof Map || kindOf(value) === '[object Map]';
}

function isError(value: unknown): boolean {
  return value instanceof Error || kindOf(value) === '[object Error]';
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
