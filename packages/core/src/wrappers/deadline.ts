import { type Awaitable, isPending } from '../contract/awaitable.js';
import type { Clock } from '../time/clock.js';

/**
 * Settles as `work` does, or rejects with `late()` after `limit` ms; a late answer is dropped. What is at hand costs no
 * timer. Time in which the process was too busy to send or to listen does not count, up to another `limit`.
 */
export function withDeadline<T>(
  work: Awaitable<T>,
  limit: number,
  clock: Clock,
  late: () => Error,
): Awaitable<T> {
  if (!isPending(work)) return work;
  return new Promise<T>((resolve, reject) => {
    const dueAt = clock.now() + limit;
    const expire = (): void => {
      // A busy process runs an overdue timer before it looks at what has arrived, or has only now sent its question.
      const busy = Math.min(Math.max(0, clock.now() - dueAt), limit);
      timer = clock.after(busy, () => reject(late()), 'holds');
    };
    let timer = clock.after(limit, expire, 'holds');
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
