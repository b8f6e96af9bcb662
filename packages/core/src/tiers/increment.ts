import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import { CacheError } from '../errors.js';
import type { Clock } from '../time/clock.js';

/**
 * Adds to a counter. Where the backend cannot add by itself, only the increments of this process are exact.
 *
 * @throws CacheError if what is there is no whole number, or the sum would not be exact
 */
export function increment(
  backend: Backend,
  clock: Clock,
  key: string,
  by: number,
  ttl?: number,
): Awaitable<number> {
  if (backend.increment) return chain(backend.increment(key, by, ttl), (sum) => exact(sum, backend));
  return chain(backend.get(key), (there) => {
    const now = clock.now();
    const end = now + (ttl ?? Number.POSITIVE_INFINITY);
    const life = there ?? { createdAt: now, staleAt: end, expiresAt: end };
    const value = exact(there ? Number(there.value) + by : by, backend);
    return chain(backend.set(key, { ...life, value }), () => value);
  });
}

function exact(sum: number, { name }: Backend): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new CacheError('increment: the value is not a whole number, or would become inexact.', {
    tier: name,
  });
}
