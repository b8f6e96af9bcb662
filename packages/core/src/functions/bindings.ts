import type { Binding, Definition } from './binding.js';
import type { AsyncFunction } from './function-policy.js';

/** A function and the bindings it has: one, or one per class that has it as a method. */
export interface Bindings {
  readonly definition: Definition;
  /**
   * The binding of a call on `self`; made at the first one.
   *
   * @throws CacheConfigError if the policy cannot be resolved
   */
  of(self: unknown): Binding;
}

// Registered, so that two copies of this package (ESM and CommonJS) know each other's functions.
const BINDINGS = Symbol.for('keepsake.bindings');

/** The function that takes the place of the one in `bindings`: same name, same length, same properties. */
export function wrapped(bindings: Bindings): AsyncFunction {
  const { fn } = bindings.definition;
  const wrapper = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return bindings.of(this).call(this, args);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a callback threw, unchanged
      return Promise.reject(error);
    }
  };
  for (const key of Reflect.ownKeys(fn)) carryOver(fn, wrapper, key);
  Object.defineProperty(wrapper, BINDINGS, { value: bindings });
  return wrapper;
}

/** The bindings behind a function that `cached` or `@Cached` made, if it is one. */
export function bindingsOf(fn: unknown): Bindings | undefined {
  return typeof fn === 'function' ? (fn as { readonly [BINDINGS]?: Bindings })[BINDINGS] : undefined;
}

/** `name`, `length`, and what other decorators noted on the function. What a function has by itself stays as it is. */
function carryOver(from: object, to: object, key: string | symbol): void {
  if (key === BINDINGS || Object.getOwnPropertyDescriptor(to, key)?.configurable === false) return;
  Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor);
}
