/**
 * Where `actual` first differs from `expected`, or `undefined` where they are deep-equal: the same kinds, prototypes, own
 * enumerable properties and order of Map and Set, `-0` and `0` apart, `NaN` equal to itself.
 *
 * Assertion libraries differ in what they take for equal; a contract cannot.
 */
export function difference(actual: unknown, expected: unknown, path = ''): string | undefined {
  return compare(actual, expected, path, new Map());
}

type Seen = Map<object, object>;

function compare(actual: unknown, expected: unknown, path: string, seen: Seen): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isComposite(actual) || !isComposite(expected)) return found(actual, expected, path);
  if (seen.get(actual) === expected) return undefined;
  seen.set(actual, expected);
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) {
    return found(kindOf(actual), kindOf(expected), path);
  }
  if (scalar(actual) !== scalar(expected)) return found(scalar(actual), scalar(expected), path);
  return compareParts(parts(actual), parts(expected), path, seen);
}

function compareParts(actual: Parts, expected: Parts, path: string, seen: Seen): string | undefined {
  const names = actual.map(([name]) => String(name)).sort();
  const expectedNames = expected.map(([name]) => String(name)).sort();
  if (names.join() !== expectedNames.join())
    return found(`{${names.join()}}`, `{${expectedNames.join()}}`, path);
  const byName = new Map(actual);
  for (const [name, value] of expected) {
    const problem = compare(byName.get(name), value, `${path}.${name}`, seen);
    if (problem) return problem;
  }
  return undefined;
}

/** What an object holds beside its parts, as something that can be compared by `!==`. */
function scalar(object: object): unknown {
  if (object instanceof Date) return `Date ${object.getTime()}`;
  if (object instanceof RegExp || object instanceof URL) return String(object);
  if (object instanceof Error) return `${object.name}: ${object.message}`;
  if (object instanceof ArrayBuffer) return `bytes ${new Uint8Array(object).join()}`;
  if (ArrayBuffer.isView(object)) {
    return `bytes ${new Uint8Array(object.buffer, object.byteOffset, object.byteLength).join()}`;
  }
  if (Array.isArray(object)) return `length ${object.length}`;
  return undefined;
}

type Parts = readonly (readonly [name: string, value: unknown])[];

function parts(object: object): Parts {
  if (ArrayBuffer.isView(object)) return [];
  if (object instanceof Map) return [...object].map((pair, i) => [`<${i}>`, pair]);
  if (object instanceof Set) return [...object].map((item, i) => [`<${i}>`, item]);
  // An own property, but not an enumerable one.
  if (object instanceof Error && 'cause' in object)
    return [['cause', object.cause], ...Object.entries(object)];
  return Object.entries(object);
}

/** Functions and symbols are equal to themselves alone. */
function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function kindOf(object: object): string {
  return `a ${object.constructor?.name ?? 'bare object'}`;
}

function found(actual: unknown, expected: unknown, path: string): string {
  return `${path ? `at ${path}: ` : ''}got ${shown(actual)}, expected ${shown(expected)}`;
}

function shown(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  return isComposite(value) ? kindOf(value) : String(value);
}
