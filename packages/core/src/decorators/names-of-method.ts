import { CacheConfigError } from '../errors.js';
import { bindingsOf } from '../functions/bindings.js';
import type { CachedMethod } from './cached-method.js';

/** A class, as far as ids need it. */
export interface Named {
  readonly name: string;
  readonly prototype?: unknown;
}

/**
 * What the id of a method in a class is made of: `Class.method`, and where the class has overridden the method and calls
 * it by `super`, `Class.Declaring.method`. The same in both forms of decorators, for every compiler.
 *
 * @throws CacheConfigError if it cannot be told which of the classes has declared the method
 */
export function namesOfMethod(method: CachedMethod, owner: Named, what: string): readonly string[] {
  const { name, isStatic, isPrivate } = method.decorated;
  if (isPrivate) return [owner.name, String(name)];
  // Not from the instance: it may have a bound copy of its own, and its siblings none.
  const levels = levelsWith(name, isStatic ? owner : owner.prototype);
  const level = levelOf(method, levels);
  if (!level) {
    throw new CacheConfigError(
      `${what}: its class cannot be told, called on a '${owner.name}': another decorator took its place, or another ` +
        'object borrowed it. Put @Cached above the other decorators, or give it an `id`.',
    );
  }
  if (level === levels[0]) return [owner.name, String(name)];
  return [owner.name, ((isStatic ? level : level.constructor) as Named).name, String(name)];
}

/** Where a chain of prototypes has a method of that name, nearest first. */
function levelsWith(name: string | symbol, start: unknown): readonly object[] {
  const levels: object[] = [];
  for (let level = start as object | null; level; level = Object.getPrototypeOf(level) as object | null) {
    if (Object.hasOwn(level, name)) levels.push(level);
  }
  return levels;
}

/** The level that holds the method. If another decorator or a spy wraps it there: the only one that may. */
function levelOf(method: CachedMethod, levels: readonly object[]): object | undefined {
  const { name, target } = method.decorated;
  const valueAt = (level: object): unknown => Object.getOwnPropertyDescriptor(level, name)?.value;
  const exact = levels.find((level) => valueAt(level) === method.wrapped);
  if (exact) return exact;
  if (target) return levels.find((level) => level === target);
  const hiding = levels.filter((level) => !bindingsOf(valueAt(level)));
  return hiding.length === 1 ? hiding[0] : undefined;
}
