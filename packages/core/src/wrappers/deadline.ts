import { type Awaitable, isPending } from '../contract/awaitable.js';
import type { Clock } from '../time/clock.js';

/** Settles as `work` does, or rejects with `late()` after `limit` ms; a late answer is dropped. What is at hand costs no timer. */
export function withDeadline<T>(
  work: Awaitable<T>,
  limit: number,
  clock: Clock,
  late: () => Error,
): Awaitable<T> {
  if (!isPending(work)) return work;
  return new Promise<T>((resolve, reject) => {
    // A busy process runs an overdue timer before it looks at what has arrived: one turn more, and an answer that was
    // in time counts.
    const expire = (): void => {
      timer = clock.after(0, () => reject(late()), 'holds');
    };
    let timer = clock.after(limit, expire, 'holds');
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
