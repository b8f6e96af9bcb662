import { CacheInvalidationError } from '../errors.js';
import type { CacheEvents } from '../events/cache-events.js';
import type { Emitter } from '../events/emitter.js';
import type { TierFailure } from '../tiers/tier.js';
import type { InvalidateOptions } from './operations.js';

/** What tiers do where something is invalidated; the failure of a read is no reason. */
const INVALIDATING: ReadonlySet<string> = new Set(['set', 'delete', 'deleteMany', 'clear', 'touch', 'keys']);

/**
 * What the invalidation `work` gives. It calls `unheard` for a tier that does not acknowledge.
 *
 * @param what - what was asked for, as the error names it
 * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge; its cause is the last failure of a tier meanwhile
 */
export async function acknowledged<T>(
  what: string,
  events: Emitter<CacheEvents>,
  { strict }: InvalidateOptions,
  work: (unheard: () => void) => Promise<T>,
): Promise<T> {
  if (!strict) return work(() => undefined);
  let isHeard = true;
  let failure: TierFailure | undefined;
  const ignore = events.on('tierError', (each) => {
    if (INVALIDATING.has(each.operation)) failure = each;
  });
  try {
    const result = await work(() => {
      isHeard = false;
    });
    if (isHeard) return result;
  } finally {
    ignore();
  }
  throw new CacheInvalidationError(
    `${what}: a tier did not acknowledge. This process is consistent; the tier is owed the invalidation, and it is replayed while this process lives.`,
    failure && { tier: failure.tier, cause: failure.error },
  );
}
