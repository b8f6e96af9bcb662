import { CacheConfigError } from '../errors.js';
import { assertedPolicy } from '../functions/assert-policy.js';
import { bindingsOf } from '../functions/bindings.js';
import type { AsyncFunction, Policy } from '../functions/function-policy.js';
import { placeOfCaller } from '../functions/place.js';
import type { Ttl } from '../policy/profiles.js';
import { CachedMethod, type Decorated } from './cached-method.js';
import { copyMetadata, notePolicy } from './metadata.js';
import type { CheckPolicy, MethodPolicy } from './method-policy.js';

/** A method decorator in both forms: TC39 standard and legacy `experimentalDecorators`. */
export interface CachedDecorator<P> {
  // Generic over the whole method, not over `<This, Args, R>`: that fails on generic methods (TS1270).
  <This, M extends AsyncFunction>(
    value: M & CheckPolicy<P, M, This>,
    context: ClassMethodDecoratorContext<This, M>,
  ): M;
  <T extends object, M extends AsyncFunction>(
    target: T,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & { value?: CheckPolicy<P, M, T> | undefined },
  ): void;
}

/**
 * Caches the results of a method that returns a promise. One source for TC39 decorators and for
 * `experimentalDecorators` with reflect-metadata.
 *
 * The id is `Class.method`, with the class of the instance, so that an inherited method has entries of its own in every
 * class; with an `id` of its own it has the same ones in all of them. Parameters of callbacks have to be annotated, and
 * are checked against the method's. Put it above decorators that replace the method, so that `handleOf` and `policyOf`
 * find it.
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
export function Cached(given: Ttl | MethodPolicy = {}, ...more: never[]): CachedDecorator<unknown> {
  if (more.length > 0 || typeof given === 'function') {
    throw new CacheConfigError('@Cached: used without a call. Write `@Cached()`, with a ttl or a policy.');
  }
  const place = placeOfCaller(Cached);
  const decorate = (
    target: object,
    second: DecoratorContext | string | symbol | undefined,
    descriptor?: PropertyDescriptor,
  ): unknown => {
    if (isStandard(second)) {
      if (second.kind !== 'method') refuse(second.name, second.kind);
      const { name, static: isStatic, private: isPrivate } = second;
      return decorated(target as AsyncFunction, { name, isStatic, isPrivate }, given, place);
    }
    if (second === undefined) refuse((target as { name?: string }).name, 'class');
    if (typeof descriptor?.value !== 'function') refuse(second, kindOf(descriptor));
    const method = { name: second, isStatic: typeof target === 'function', isPrivate: false, target };
    descriptor.value = decorated(descriptor.value, method, given, place);
    return undefined;
  };
  // One function for two forms that no single signature describes.
  return decorate as CachedDecorator<unknown>;
}

function decorated(
  fn: AsyncFunction,
  method: Decorated,
  given: Ttl | MethodPolicy,
  place: string | undefined,
): AsyncFunction {
  const what = `@Cached ${String(method.name)}`;
  if (bindingsOf(fn)) {
    throw new CacheConfigError(`${what}: the method is cached already. Allowed: one @Cached per method.`);
  }
  const policy = assertedPolicy(given as Ttl | Policy, what);
  const { wrapped } = new CachedMethod({ fn, policy, place }, method, what);
  copyMetadata(fn, wrapped);
  notePolicy(policy, wrapped);
  if (method.target) notePolicy(policy, method.target, method.name);
  return wrapped;
}

/** Told by the shape of the second argument: TC39 passes a context, the legacy form a name. */
function isStandard(second: unknown): second is DecoratorContext {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

function kindOf(descriptor: unknown): string {
  if (typeof descriptor === 'number') return 'parameter';
  const accessor = descriptor as PropertyDescriptor | undefined;
  return accessor?.get || accessor?.set ? 'getter or setter' : 'property';
}

function refuse(name: string | symbol | undefined, kind: string): never {
  throw new CacheConfigError(
    `@Cached: '${String(name)}' is a ${kind}. Allowed: a method that returns a promise.`,
  );
}
