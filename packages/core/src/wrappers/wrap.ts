import type { Backend } from '../contract/backend.js';

const METHODS = [
  'get',
  'set',
  'delete',
  'clear',
  'keys',
  'getMany',
  'setMany',
  'deleteMany',
  'touch',
  'setIf',
  'increment',
  'info',
  'ping',
  'sweep',
  'close',
  'acquire',
  'fill',
  'renew',
  'release',
  'leased',
  'pin',
] as const satisfies readonly (keyof Backend)[];

/** What a wrapper changes of a backend; `undefined` hides a capability. */
export type Overrides = { readonly [K in keyof Backend]?: Backend[K] | undefined };

/**
 * A backend that behaves as `inner` but for `overrides`. Every capability of `inner` is forwarded, so that a wrapper
 * cannot lose one by forgetting it.
 *
 * @example
 * ```ts
 * import { type Backend, wrap } from '@keepsake/core';
 * const counted = (inner: Backend, count: () => void): Backend =>
 *   wrap(inner, { get: (key) => (count(), inner.get(key)) });
 * ```
 */
export function wrap(inner: Backend, overrides: Overrides): Backend {
  const outer: Record<string, unknown> = { name: inner.name };
  if (inner.local) outer.local = true;
  for (const method of METHODS) {
    if (inner[method]) outer[method] = (inner[method] as (...args: unknown[]) => unknown).bind(inner);
  }
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) delete outer[key];
    else outer[key] = value;
  }
  return outer as unknown as Backend;
}
