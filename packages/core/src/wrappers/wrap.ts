import type { Backend } from '../contract/backend.js';
import { capabilities, required } from '../contract/capabilities.js';

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
  for (const method of [...required, ...capabilities]) {
    if (inner[method]) outer[method] = (inner[method] as (...args: unknown[]) => unknown).bind(inner);
  }
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) delete outer[key];
    else outer[key] = value;
  }
  return outer as unknown as Backend;
}
