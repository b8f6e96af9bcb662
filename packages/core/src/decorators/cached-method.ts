import type { Cache } from '../cache/cache.js';
import { CacheConfigError } from '../errors.js';
import { Binding, type Definition } from '../functions/binding.js';
import { resolveCache } from '../functions/cache-resolver.js';
import { warnOfDerived } from '../functions/cached.js';
import type { AsyncFunction, Policy } from '../functions/function-policy.js';

const METHOD = Symbol.for('keepsake.method');

/** A method of a class whose results are cached, in every class that has or inherits it. */
export class CachedMethod {
  readonly definition: Definition;
  readonly name: string | symbol;
  readonly #what: string;
  readonly #bindings = new WeakMap<object, Binding>();
  #wrapped: AsyncFunction | undefined;

  constructor(definition: Definition, name: string | symbol, what: string) {
    this.definition = definition;
    this.name = name;
    this.#what = what;
  }

  /** The function that takes the method's place. */
  wrapped(): AsyncFunction {
    const method = this;
    const wrapped = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      try {
        return method.binding(this).call(this, args);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const { fn } = this.definition;
    Object.defineProperty(wrapped, 'name', { value: fn.name || String(this.name), configurable: true });
    Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
    Object.defineProperty(wrapped, METHOD, { value: this });
    this.#wrapped = wrapped;
    return wrapped;
  }

  /** The entries of this method in the class of `self`: an inherited method has its own in every class. */
  binding(self: unknown): Binding {
    const owner = classOf(self);
    if (!owner) {
      throw new CacheConfigError(
        `${this.#what}: called without its object. Call it as a method, or bind it: \`users.find.bind(users)\`.`,
      );
    }
    let binding = this.#bindings.get(owner);
    if (!binding) {
      binding = this.#bind(self as object, owner);
      this.#bindings.set(owner, binding);
    }
    return binding;
  }

  #bind(self: object, owner: NamedClass): Binding {
    const cache = resolveCache(this.definition.policy.cache, this.#what);
    return new Binding(
      this.definition,
      cache,
      this.definition.policy.id ?? this.#derivedId(self, owner, cache),
    );
  }

  /** `Class.method`; where the class has overridden the method and calls it by `super`, `Class.Declaring.method`. */
  #derivedId(self: object, owner: NamedClass, cache: Cache): string {
    if (!owner.name) {
      throw new CacheConfigError(`${this.#what}: its class has no name. Give the method an \`id\`.`);
    }
    const declaring =
      (self as Record<string | symbol, unknown>)[this.name] === this.#wrapped
        ? []
        : this.#declaringClass(self);
    const id = [owner.name, ...declaring, String(this.name)].join('.');
    if (!cache.engine.tiers.back.local) warnOfDerived(id);
    return id;
  }

  #declaringClass(self: object): string[] {
    for (let object: object | null = self; object; object = Object.getPrototypeOf(object)) {
      if (Object.getOwnPropertyDescriptor(object, this.name)?.value !== this.#wrapped) continue;
      const declaring = typeof object === 'function' ? object : object.constructor;
      return [(declaring as NamedClass).name];
    }
    return ['super'];
  }
}

interface NamedClass {
  readonly name: string;
}

/** The cached method behind a function, if it is one. */
export function cachedMethodOf(fn: unknown): CachedMethod | undefined {
  return typeof fn === 'function' ? (fn as { readonly [METHOD]?: CachedMethod })[METHOD] : undefined;
}

/** The policy of a decorated method. */
export function policyOf(method: unknown): Policy | undefined {
  return cachedMethodOf(method)?.definition.policy;
}

/** The class of an instance; of a static method's `this`, the class itself. */
function classOf(self: unknown): NamedClass | undefined {
  if (typeof self === 'function') return self;
  if (typeof self === 'object' && self !== null)
    return (self.constructor as NamedClass | undefined) ?? undefined;
  return undefined;
}
