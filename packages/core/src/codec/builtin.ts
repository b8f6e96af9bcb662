import { kindOf } from '../keys/internals.js';
import { nodeBuffer } from './base64.js';
import { ERROR_TYPES } from './error-kind.js';

const NATIVE = /\[native code\]\s*\}$/;

/**
 * The built-in class, of any realm, that `value` is a direct instance of: `Map`, `TypeError`, `Buffer`, …
 * An instance of a class that extends one is none: rebuilt, it would lose its class.
 */
export function builtinClass(value: object): string | undefined {
  const kind = kindOf(value);
  if (kind === undefined) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  if (kind === 'Uint8Array' && prototype === nodeBuffer()?.prototype) return 'Buffer';
  const names = kind === 'Error' ? ERROR_TYPES : [kind];
  return names.find((name) => isClassPrototype(name, prototype));
}

/** Whether `prototype` is that of the global class `name`, in this realm or another one. */
export function isClassPrototype(name: string, prototype: object): boolean {
  const local = (globalThis as unknown as Record<string, { prototype?: unknown } | undefined>)[name];
  if (local?.prototype === prototype) return true;
  const owner: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
  if (typeof owner !== 'function' || owner.name !== name || owner.prototype !== prototype) return false;
  // Anybody may call a class `Map`, but not compile it into the engine.
  return NATIVE.test(Function.prototype.toString.call(owner));
}

/** What to call the class of `value` in an error. */
export function classNameOf(value: object): string {
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? name
    : Object.prototype.toString.call(value).slice('[object '.length, -1);
}
