import type { Walk } from './walk.js';

/** `.#name`, a use of a private field or method. */
const PRIVATE_USE = /\.(#[\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
/** `#name(` that is no call: the declaration of a private method or accessor. */
const PRIVATE_METHOD = /(?<!\.)(#[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*\(/gu;

const privateFields = new WeakMap<object, boolean>();

/** Whether `value` is an object literal, of any realm, or has no prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isObjectPrototype(prototype as object);
}

/**
 * The names of the class of `value` and of those it extends, nearest first. Names, since a key outlives the process:
 * two classes of one name and one parent are one class here.
 *
 * @param kind - the name of the built-in class whose internals are read: it and what is above it may be private
 * @throws CacheKeyError if the class has private fields, or the prototype is not of a class
 */
export function classNames(value: object, walk: Walk, kind?: string): string[] {
  const names: string[] = [];
  let known = false;
  for (let link = parentOf(value); link !== null && !isObjectPrototype(link); link = parentOf(link)) {
    const owner: unknown = Object.hasOwn(link, 'constructor') ? link.constructor : undefined;
    if (typeof owner !== 'function') throw walk.refuse('inherits from an object that is no class');
    known ||= owner.name === kind;
    if (!known && hasPrivateFields(owner)) {
      throw walk.refuse(`is a ${owner.name || 'class'} whose private fields cannot be seen`);
    }
    names.push(owner.name);
  }
  return names;
}

function parentOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

function isObjectPrototype(prototype: object): boolean {
  if (prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

// The source is the only place that shows them. Compiled down to a target without `#`, they stay unseen.
function hasPrivateFields(owner: object): boolean {
  const seen = privateFields.get(owner);
  if (seen !== undefined) return seen;
  const source = Function.prototype.toString.call(owner);
  const methods = new Set(Array.from(source.matchAll(PRIVATE_METHOD), (match) => match[1]));
  const found = Array.from(source.matchAll(PRIVATE_USE)).some((match) => !methods.has(match[1]));
  privateFields.set(owner, found);
  return found;
}
