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

/** Does `work`; its error, thrown or rejected, goes to `failed`. */
export function attempt<T, R>(
  work: () => Awaitable<T>,
  failed: (error: unknown) => Awaitable<R>,
): Awaitable<T | R> {
  try {
    const result = work();
    return isPending(result) ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

/** Does `work`, and `after` whether it succeeds or not. */
export function settle<T>(work: () => Awaitable<T>, after: () => void): Awaitable<T> {
  const failed = (error: unknown): never => {
    after();
    throw error;
  };
  return chain(attempt(work, failed), (result) => {
    after();
    return result;
  });
}
