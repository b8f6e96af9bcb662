import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { Clock } from '../time/clock.js';

/** Adds to a counter. Where the backend cannot add by itself, only the increments of this process are exact. */
export function increment(
  backend: Backend,
  clock: Clock,
  key: string,
  by: number,
  ttl = Number.POSITIVE_INFINITY,
): Awaitable<number> {
  if (backend.increment)
    return backend.increment(key, by, ttl === Number.POSITIVE_INFINITY ? undefined : ttl);
  return chain(backend.get(key), (there) => {
    const now = clock.now();
    const life = there ?? { createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
    const value = (typeof there?.value === 'number' ? there.value : 0) + by;
    return chain(backend.set(key, { ...life, value, counter: true }), () => value);
  });
}
