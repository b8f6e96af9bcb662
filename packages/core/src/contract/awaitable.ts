/** A value, or a promise of one. What is at hand is handed over in the same tick. */
export type Awaitable<T> = T | Promise<T>;

/** Whether `value` has to be waited for. */
export function isPending<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Applies `next` to `value`: at once when it is at hand, otherwise when it arrives. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPending(value) ? value.then(next) : next(value);
}
