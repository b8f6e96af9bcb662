import type { AsyncFunction, Policy } from '../functions/function-policy.js';
import type { ScopePart } from '../keys/call-key.js';
import type { Ttl } from '../policy/profiles.js';

/**
 * A policy before the compiler knows the method. The parameters of its callbacks have to be annotated; they are checked
 * against those of the method where the decorator is applied. `never[]`, so that none of them becomes `any` silently.
 */
export interface MethodPolicy
  extends Omit<Policy, 'ttl' | 'key' | 'scope' | 'tags' | 'when' | 'cacheErrors'> {
  readonly ttl?: Ttl | ((...args: never[]) => Ttl);
  readonly key?: (...args: never[]) => unknown;
  readonly scope?: (...args: never[]) => ScopePart | readonly ScopePart[];
  readonly tags?: readonly string[] | ((...args: never[]) => readonly string[]);
  readonly when?: (...args: never[]) => boolean;
  readonly cacheErrors?: (...args: never[]) => Ttl | false;
}

/** Shown by the compiler when a callback of the policy does not accept what the method is called with or on. */
export interface PolicyMismatch<Option, Expected> {
  readonly __keepsake_error: 'this option does not accept the parameters of the decorated method';
  readonly __option: Option;
  readonly __expected: Expected;
}

/** Shown by the compiler for a property that is no option. */
export interface UnknownOption<Option> {
  readonly __keepsake_error: 'there is no such option';
  readonly __option: Option;
}

/**
 * `unknown` (no constraint) if the callbacks of `P` accept the parameters of `M`, called on a `This`; else a type that
 * nothing satisfies.
 */
export type CheckPolicy<P, M extends AsyncFunction, This> = CheckNames<P> &
  CheckCallback<P, 'key', Parameters<M>> &
  CheckCallback<P, 'scope', Parameters<M>> &
  CheckCallback<P, 'tags', Parameters<M>> &
  CheckCallback<P, 'ttl', [Awaited<ReturnType<M>>, ...Parameters<M>]> &
  CheckCallback<P, 'when', [Awaited<ReturnType<M>>, ...Parameters<M>]> &
  CheckCallback<P, 'cacheErrors', [unknown, ...Parameters<M>]> &
  CheckCallback<P, 'perInstance', [This]>;

/** Objects that are inferred as `P` are not checked for unknown properties by themselves. */
type CheckNames<P> = [Exclude<keyof P, keyof MethodPolicy>] extends [never]
  ? unknown
  : UnknownOption<Exclude<keyof P, keyof MethodPolicy>>;

type CheckCallback<P, Option extends keyof MethodPolicy, A extends readonly unknown[]> = P extends {
  readonly [K in Option]: infer C;
}
  ? C extends (...args: never[]) => unknown
    ? C extends (...args: A) => unknown
      ? unknown
      : PolicyMismatch<Option, A>
    : unknown
  : unknown;
