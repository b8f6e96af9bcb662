/** How deep a value may nest: far more than data needs, far less than the stack holds. */
export const MAX_DEPTH = 1000;

/**
 * Whether `JSON.parse(JSON.stringify(value))` is deep-equal to `value` and shares the same references: nothing but
 * finite numbers, texts, booleans, `null`, arrays and object literals, each of them in one place.
 *
 * Never throws: what cannot be looked at is not plain.
 */
export function isPlainJson(value: unknown): boolean {
  try {
    return isPlain(value, new Set(), 0);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, seen: Set<object>, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      // Not NaN, not infinite, not -0: quicker than the functions that say so.
      return value === 0 ? 1 / value > 0 : value - value === 0;
    case 'object':
      return value === null || isPlainObject(value, seen, depth);
    default:
      return false;
  }
}

function isPlainObject(value: object, seen: Set<object>, depth: number): boolean {
  if (depth > MAX_DEPTH || seen.has(value)) return false;
  seen.add(value);
  // Symbols are keys that JSON drops; `arguments` and namespaces such as `Math` have some, too.
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype && areItemsPlain(value, seen, depth);
  // Any other prototype, a foreign realm's too, is for the tagger to judge.
  if (prototype !== Object.prototype) return false;
  for (const key in value) {
    if (!isPlain((value as Record<string, unknown>)[key], seen, depth + 1)) return false;
  }
  return true;
}

function areItemsPlain(items: readonly unknown[], seen: Set<object>, depth: number): boolean {
  // A property beside the items, such as the `index` of a RegExp match.
  if (Object.keys(items).length !== items.length) return false;
  for (let i = 0; i < items.length; i++) {
    if (!isPlain(items[i], seen, depth + 1)) return false;
  }
  return true;
}
