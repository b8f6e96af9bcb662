import { type Awaitable, isPending } from '../contract/awaitable.js';

/** Combines `answers` when the last one is there: at once where all are at hand. */
export function all<T, R>(
  answers: readonly Awaitable<T>[],
  combine: (answers: readonly T[]) => R,
): Awaitable<R> {
  return answers.some(isPending) ? Promise.all(answers).then(combine) : combine(answers as readonly T[]);
}
