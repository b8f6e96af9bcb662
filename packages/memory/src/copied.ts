import { CacheSerializationError } from '@keepsake/core';

/**
 * A deep copy of `value` that is equal to it: shared and cyclic references stay so, and every kind keeps its kind.
 *
 * Not `structuredClone`, which turns a class instance into a plain object and a Buffer into a Uint8Array without a word,
 * and takes five times as long.
 *
 * @throws CacheSerializationError that names the path of what cannot be copied without loss
 */
export function copied<T>(value: T, key: string): T {
  return copyOf(value, { key, path: ['value'], copies: new Map() }) as T;
}

/** One copy in the making. */
interface Work {
  readonly key: string;
  /** The way from the root to where the copy stands. */
  readonly path: string[];
  readonly copies: Map<object, object>;
}

function copyOf(value: unknown, work: Work): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw refused(`a ${typeof value}`, work);
  if (typeof value !== 'object' || value === null) return value;
  const known = work.copies.get(value);
  if (known) return known;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (isPlain(prototype)) return copyOfProperties(value, Object.create(prototype as object) as object, work);
  if (Array.isArray(value) && isPlain(Object.getPrototypeOf(prototype))) {
    return copyOfProperties(value, new Array(value.length), work);
  }
  if (prototype === null) return copyOfProperties(value, Object.create(null) as object, work);
  if (prototype === Map.prototype) return copyOfMap(value as Map<unknown, unknown>, work);
  if (prototype === Set.prototype) return copyOfSet(value as Set<unknown>, work);
  return copyOfBuiltin(value, prototype as object, work);
}

/** Whether `prototype` is the `Object.prototype` of some realm: values come from vm contexts and frames, too. */
function isPlain(prototype: unknown): boolean {
  return prototype !== null && Object.getPrototypeOf(prototype) === null;
}

function copyOfProperties(from: object, to: object, work: Work): object {
  work.copies.set(from, to);
  if (Object.getOwnPropertySymbols(from).length > 0) throw refused('an object with symbols for names', work);
  for (const name of Object.keys(from)) {
    const value = copyInside(name, (from as Record<string, unknown>)[name], work);
    if (name === '__proto__') define(to, name, value, true);
    else (to as Record<string, unknown>)[name] = value;
  }
  return to;
}

function copyInside(step: string, value: unknown, work: Work): unknown {
  work.path.push(step);
  const copy = copyOf(value, work);
  work.path.pop();
  return copy;
}

function copyOfMap(map: Map<unknown, unknown>, work: Work): object {
  const copy = new Map<unknown, unknown>();
  work.copies.set(map, copy);
  for (const [key, value] of map)
    copy.set(copyInside('<key>', key, work), copyInside('<value>', value, work));
  return copy;
}

function copyOfSet(set: Set<unknown>, work: Work): object {
  const copy = new Set<unknown>();
  work.copies.set(set, copy);
  for (const item of set) copy.add(copyInside('<item>', item, work));
  return copy;
}

function copyOfBuiltin(value: object, prototype: object, work: Work): object {
  const copy = copyOfLeaf(value, prototype);
  // A subclass has a state of its own that is not known here.
  if (!copy || Object.getPrototypeOf(copy) !== prototype) {
    throw refused(`an instance of ${value.constructor?.name || 'a class'}`, work);
  }
  work.copies.set(value, copy);
  if (value instanceof Error) copyErrorState(value, copy, work);
  return copy;
}

function copyOfLeaf(value: object, prototype: object): object | undefined {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return Object.assign(new RegExp(value), { lastIndex: value.lastIndex });
  if (value instanceof URL) return new URL(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof DataView) {
    return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
  }
  // All typed arrays share this slice; that of a Buffer would share its memory.
  if (ArrayBuffer.isView(value)) return Uint8Array.prototype.slice.call(value);
  const make = ERRORS.get(prototype);
  return make && new make();
}

const ERRORS = new Map<object, new () => Error>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((e) => [
    e.prototype,
    e,
  ]),
);

/** `message`, `stack` and `cause` are properties of the error itself that are not enumerable. */
function copyErrorState(from: Error, to: object, work: Work): void {
  for (const name of ['message', 'stack', 'cause', ...Object.keys(from)]) {
    if (!Object.hasOwn(from, name)) continue;
    const value = copyInside(name, (from as unknown as Record<string, unknown>)[name], work);
    define(to, name, value, Object.prototype.propertyIsEnumerable.call(from, name));
  }
}

/** A property of `to` itself, where an assignment might call a setter or change what is enumerable. */
function define(to: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(to, name, { value, enumerable, writable: true, configurable: true });
}

function refused(what: string, work: Work): CacheSerializationError {
  return new CacheSerializationError(
    `${work.path.join('.')} is ${what}, which cannot be copied without loss. ` +
      `Store plain data, or use isolation: 'reference'.`,
    { key: work.key },
  );
}
