import { isPending } from '../contract/awaitable.js';
import { CacheConfigError } from '../errors.js';

/**
 * What a callback of a policy returned, which has to be at hand: a promise would pass for `true`, or for a key.
 *
 * @throws CacheConfigError if it is a promise
 */
export function atHand<T>(option: string, returned: T): T {
  if (!isPending(returned)) return returned;
  // Nobody waits for it, so nobody would hear of its failure.
  returned.then(undefined, () => undefined);
  throw new CacheConfigError(
    `${option}: its function returned a promise. Allowed: a function that is not async.`,
  );
}
