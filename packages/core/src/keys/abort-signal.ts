/**
 * Whether `value` is an `AbortSignal`, of this realm, another one or a polyfill. As an argument it says when to give
 * up, not what is asked for: it is no part of the key.
 */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.getPrototypeOf(value) === Object.prototype) return false;
  if (Object.prototype.toString.call(value) !== '[object AbortSignal]') return false;
  return typeof (value as { aborted?: unknown }).aborted === 'boolean';
}
