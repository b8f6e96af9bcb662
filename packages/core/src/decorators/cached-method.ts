import { CacheConfigError } from '../errors.js';
import { Binding, type Definition } from '../functions/binding.js';
import { type Bindings, wrapped } from '../functions/bindings.js';
import { resolveCache } from '../functions/cache-resolver.js';
import { derivedId } from '../functions/derived-id.js';
import type { AsyncFunction } from '../functions/function-policy.js';
import { type Named, namesOfMethod } from './names-of-method.js';

/** What a decorator is told of the method, in either form. */
export interface Decorated {
  readonly name: string | symbol;
  readonly isStatic: boolean;
  /** `#name`: no other code can reach or replace it. */
  readonly isPrivate: boolean;
  /** The class's prototype, or the class of a static method; TC39 decorators are not told. */
  readonly target?: object;
}

/** A method of a class whose results are cached, in every class that has or inherits it. */
export class CachedMethod implements Bindings {
  readonly definition: Definition;
  /** The function that takes the method's place. */
  readonly wrapped: AsyncFunction;
  readonly decorated: Decorated;
  readonly #what: string;
  readonly #byClass = new WeakMap<object, Binding>();
  #shared: Binding | undefined;

  constructor(definition: Definition, decorated: Decorated, what: string) {
    this.definition = definition;
    this.decorated = decorated;
    this.#what = what;
    this.wrapped = wrapped(this);
  }

  /** With an `id`, one for all classes; without, one per class: an inherited method has entries of its own in every class. */
  of(self: unknown): Binding {
    const { id } = this.definition.policy;
    if (id !== undefined) {
      if (!this.#shared || this.#shared.outdated) this.#shared = this.#bind(id);
      return this.#shared;
    }
    const owner = this.#ownerOf(self);
    let binding = this.#byClass.get(owner);
    if (!binding || binding.outdated) {
      binding = this.#bindIn(owner);
      this.#byClass.set(owner, binding);
    }
    return binding;
  }

  #bind(id: string): Binding {
    return new Binding(this.definition, resolveCache(this.definition.policy.cache, this.#what), id);
  }

  /** Two classes of one name are two: the owner is what has the id. */
  #bindIn(owner: Named): Binding {
    const cache = resolveCache(this.definition.policy.cache, this.#what);
    const id = derivedId(namesOfMethod(this, owner, this.#what), cache);
    const { place = 'at an unknown place' } = this.definition;
    const definition = { ...this.definition, place: `${place} for class ${owner.name || '(anonymous)'}` };
    return new Binding(definition, cache, id, { method: this, owner });
  }

  /** The class of an instance; of a static method's `this`, the class itself. */
  #ownerOf(self: unknown): Named {
    const owner: unknown = this.decorated.isStatic ? self : (self as object | undefined)?.constructor;
    if (typeof owner === 'function') return owner;
    const called =
      self === undefined || self === null ? 'without its object' : 'on an object that has no class';
    throw new CacheConfigError(
      `${this.#what}: called ${called}. Call it as a method, bind it (\`users.find.bind(users)\`), or give it an \`id\`.`,
    );
  }
}
