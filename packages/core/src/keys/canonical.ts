import { isAbortSignal } from './abort-signal.js';
import { classNames, isPlain } from './class-identity.js';
import { internals, kindOf } from './internals.js';
import { refuseUnidentifiable } from './unidentifiable.js';
import { Walk } from './walk.js';
import { wellFormed } from './well-formed.js';

/** What `canonical` and `digest` leave out. */
export interface CanonicalOptions {
  /** Names of properties that are left out of arguments that are objects; not of objects inside them. */
  readonly omit?: readonly string[];
}

/**
 * The arguments of a call as text: equal arguments give equal texts, different ones different texts.
 *
 * Every value starts with the tag of its type and states its length, so that no two values can run into each other.
 * Trailing `undefined`s are dropped, an `AbortSignal` counts as `undefined`. `docs/keys.md` lists what is equal.
 * The result is well-formed UTF-16, and the same on every platform.
 *
 * @throws CacheKeyError for what cannot be identified (a function, a symbol, a promise, a cycle, …); names its path
 * @example
 * ```ts
 * import { canonical } from '@keepsake/core';
 * canonical([{ b: 1, a: 'x' }]) === canonical([{ a: 'x', b: 1 }]); // true
 * canonical([1, [2]]) === canonical([[1], 2]); // false
 * ```
 */
export function canonical(args: readonly unknown[], options?: CanonicalOptions): string {
  const walk = new Walk(options?.omit);
  let text = '';
  try {
    for (let index = 0, count = countOf(args, walk); index < count; index++) {
      walk.at(index);
      text += isAbortSignal(args[index]) ? 'u' : encode(args[index], walk);
    }
  } catch (thrown) {
    throw walk.failure(thrown);
  }
  return wellFormed(text);
}

function countOf(args: readonly unknown[], walk: Walk): number {
  let count = args.length;
  for (; count > 0; count--) {
    const last = args[count - 1];
    walk.at(count - 1);
    if (last !== undefined && !isAbortSignal(last)) break;
  }
  return count;
}

function encode(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      // -0 prints as 0: they are one value to `===`, to a Map and here.
      return `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'bigint':
      return `i${value};`;
    case 'object':
      return value === null ? 'z' : encodeObject(value, walk);
    case 'function':
    case 'symbol':
      throw walk.refuse(`is a ${typeof value}`);
  }
}

function encodeObject(value: object, walk: Walk): string {
  walk.enter(value);
  const hasHidden = hasHiddenSymbols(value, walk);
  const text = Array.isArray(value) ? encodeArray(value, walk) : encodeOther(value, hasHidden, walk);
  walk.leave();
  return text;
}

/**
 * @throws CacheKeyError if a property named by a symbol is enumerable: it has no name to sort by
 */
function hasHiddenSymbols(value: object, walk: Walk): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return false;
  const seen = symbols.find((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
  if (seen === undefined) return true;
  // The better reason, if there is one: Node puts symbols on promises and streams.
  refuseUnidentifiable(value, walk);
  throw walk.refuse(`has a property named by a symbol (${String(seen)})`);
}

function encodeArray(value: readonly unknown[], walk: Walk): string {
  const names = Object.keys(value);
  const length = value.length;
  // Indices come first, in order: if the last of as many names is the last index, there is no hole and nothing else.
  const dense = names.length === length && (length === 0 || names[length - 1] === String(length - 1));
  const tag = Object.getPrototypeOf(value) === Array.prototype ? '' : arrayClass(value, walk);
  if (!dense) return `${tag}A${length};${encodeProperties(value, names, walk)}`;
  walk.count(length);
  let text = `${tag}a${length};`;
  for (let index = 0; index < length; index++) {
    walk.at(index);
    text += encode(value[index], walk);
  }
  return text;
}

function arrayClass(value: readonly unknown[], walk: Walk): string {
  const names = classNames(value, walk, 'Array');
  return names.length === 1 && names[0] === 'Array' ? '' : encodeClass(names);
}

function encodeOther(value: object, hasHidden: boolean, walk: Walk): string {
  // With a hidden symbol, `arguments`, a module's namespace and `Math` look like object literals.
  const isLiteral = isPlain(value) && !(hasHidden && described(value) !== 'Object');
  if (isLiteral) return `o${encodeProperties(value, Object.keys(value), walk)}`;
  const kind = kindOf(value);
  if (kind !== undefined) return encodeBuiltIn(value, kind, walk);
  refuseUnidentifiable(value, walk);
  const names = Object.keys(value);
  if (names.length === 0) throw walk.refuse(`is ${described(value)} without enumerable properties`);
  return `${encodeClass(classNames(value, walk))}o${encodeProperties(value, names, walk)}`;
}

function described(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function encodeBuiltIn(value: object, kind: string, walk: Walk): string {
  const names = classNames(value, walk, kind);
  // A Buffer is a Uint8Array with other methods.
  if (kind === 'Uint8Array' && names[0] === 'Buffer') names.shift();
  const inside = internals(value, kind, (part, step) => {
    walk.at(step);
    return encode(part(), walk);
  });
  // The names of a view's elements are a million strings for a megabyte.
  const own = ArrayBuffer.isView(value) ? '0;' : encodeProperties(value, Object.keys(value), walk);
  return `x${kind};${encodeClass(names)}${inside}${own}`;
}

function encodeClass(names: readonly string[]): string {
  return `c${names.length};${names.map((name) => `${name.length}:${name}`).join('')}`;
}

function encodeProperties(value: object, ownNames: string[], walk: Walk): string {
  const names = ordered(without(ownNames, walk.omitted));
  walk.count(names.length);
  let text = `${names.length};`;
  for (const name of names) {
    walk.at(name);
    text += `${name.length}:${name}${encode((value as Record<string, unknown>)[name], walk)}`;
  }
  return text;
}

function without(names: string[], omit: readonly string[] | undefined): string[] {
  return omit === undefined ? names : names.filter((name) => !omit.includes(name));
}

function ordered(names: string[]): string[] {
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] as string) > (names[index] as string)) return names.sort();
  }
  return names;
}
