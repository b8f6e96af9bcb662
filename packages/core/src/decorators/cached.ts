import { CacheConfigError } from '../errors.js';
import { assertedPolicy } from '../functions/assert-policy.js';
import type { AsyncFunction, Policy } from '../functions/function-policy.js';
import { placeOfCaller } from '../functions/place.js';
import { describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';
import { CachedMethod } from './cached-method.js';
import { copyMetadata, describePolicy } from './metadata.js';
import type { CheckPolicy, MethodPolicy } from './method-policy.js';

/** A method decorator in both forms: TC39 standard and legacy `experimentalDecorators`. */
export interface CachedDecorator<P> {
  // Generic over the whole method, not over `<This, Args, R>`: that fails on generic methods (TS1270).
  <This, M extends AsyncFunction>(
    value: M & CheckPolicy<P, M>,
    context: ClassMethodDecoratorContext<This, M>,
  ): M;
  <M extends AsyncFunction>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & { value?: CheckPolicy<P, M> | undefined },
  ): void;
}

/**
 * Caches the results of a method that returns a promise. One source for TC39 decorators and for
 * `experimentalDecorators` with reflect-metadata.
 *
 * The id is `Class.method`, with the class of the instance, so that an inherited method has entries of its own in every
 * class. Parameters of callbacks have to be annotated, and are checked against the method's.
 *
 * @throws CacheConfigError if the policy is wrong or what is decorated is not a method
 * @example
 * ```ts
 * import { Cached } from 'keepsake';
 * class Users {
 *   @Cached('5m')
 *   async find(id: string) {
 *     return { id };
 *   }
 *   @Cached({ ttl: '1h', tags: (id: string) => [`user:${id}`] })
 *   async report(id: string) {
 *     return `report of ${id}`;
 *   }
 * }
 * ```
 */
export function Cached(ttl: Ttl): CachedDecorator<unknown>;
export function Cached<const P extends MethodPolicy>(policy?: P): CachedDecorator<P>;
export function Cached(given: Ttl | MethodPolicy = {}): CachedDecorator<unknown> {
  const place = placeOfCaller(Cached);
  const decorate = (
    target: unknown,
    second: DecoratorContext | string | symbol,
    descriptor?: PropertyDescriptor,
  ): unknown => {
    if (isStandard(second)) {
      if (second.kind !== 'method') refuse(second.name, second.kind);
      return wrap(target as AsyncFunction, second.name, given, place);
    }
    if (typeof descriptor?.value !== 'function') refuse(second, 'property or accessor');
    descriptor.value = wrap(descriptor.value, second, given, place);
    describePolicy(target as object, second, descriptor.value);
    return undefined;
  };
  return decorate as CachedDecorator<unknown>;
}

function wrap(
  fn: AsyncFunction,
  name: string | symbol,
  given: Ttl | MethodPolicy,
  place: string | undefined,
): AsyncFunction {
  const what = `@Cached ${String(name)}`;
  const policy = assertedPolicy(given as Ttl | Policy, what);
  const wrapped = new CachedMethod({ fn, policy, place }, name, what).wrapped();
  copyMetadata(fn, wrapped);
  return wrapped;
}

/** Told by the shape of the second argument: TC39 passes a context, the legacy form a name. */
function isStandard(second: unknown): second is DecoratorContext {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

function refuse(name: string | symbol | undefined, kind: string): never {
  throw new CacheConfigError(
    `@Cached: ${describe(String(name))} is a ${kind}. Allowed: a method that returns a promise.`,
  );
}
