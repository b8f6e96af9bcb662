import { type Awaitable, chain, settle } from '../contract/awaitable.js';
import type { SetCondition } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { nonce } from '../tags/nonce.js';
import type { Validity } from './judgement.js';
import { type Tier, unavailable } from './tier.js';

type Answer = Awaitable<boolean | typeof unavailable>;

/** How long the lease is granted for under which an invalid entry is replaced, in ms. */
const LEASE_TTL = 5000;

/**
 * Stores under a condition that the back tier judges. An entry whose tags were invalidated is as good as absent, though
 * the tier still holds it.
 *
 * @param settled - called when a lease that others may wait for is over
 * @throws CacheSerializationError if the tier cannot carry the value
 */
export function conditionalSet(
  back: Tier,
  valid: Validity,
  key: string,
  entry: Entry,
  condition: SetCondition,
  settled: () => void,
): Answer {
  if (condition === 'present') {
    return chain(holds(back, valid, key), (there) =>
      there === true ? back.setIf(key, entry, 'present') : there,
    );
  }
  return chain(back.setIf(key, entry, 'absent'), (stored) => {
    if (stored !== false) return stored;
    return chain(holds(back, valid, key), (there) => {
      if (there !== false) return there === true ? false : there;
      return back.backend.acquire && back.backend.fill
        ? settle(() => replaced(back, valid, key, entry), settled)
        : chain(back.delete(key), () => back.setIf(key, entry, 'absent'));
    });
  });
}

/** Whether the tier holds an entry that is still valid. */
function holds(back: Tier, valid: Validity, key: string): Answer {
  return chain(back.get(key), (there): Answer => {
    if (there === unavailable) return unavailable;
    return there !== undefined && chain(valid([there]), ([left]) => left !== undefined);
  });
}

/** Under a lease, which every other write of the key voids: of all who replace the entry at once, one does. */
function replaced(back: Tier, valid: Validity, key: string, entry: Entry): Answer {
  const token = nonce();
  return chain(back.acquire(key, token, LEASE_TTL, 'refresh'), (acquired): Answer => {
    if ('unavailable' in acquired) return unavailable;
    if (!('granted' in acquired)) return false;
    return chain(holds(back, valid, key), (there): Answer => {
      if (there === false)
        return chain(back.fill(key, entry, token), (stored) => stored === 'awaited' || stored);
      return chain(back.release(key, token), () => (there === true ? false : there));
    });
  });
}
