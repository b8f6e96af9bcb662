import { CacheInvalidationError } from '../errors.js';
import type { InvalidateOptions } from './operations.js';

/**
 * @param what - what was asked for, as the error names it
 * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
 */
export function assertAcknowledged(what: string, acknowledged: boolean, { strict }: InvalidateOptions): void {
  if (acknowledged || !strict) return;
  throw new CacheInvalidationError(
    `${what}: a tier did not acknowledge in time. This process is consistent; the tier is owed the invalidation, and it is replayed while this process lives.`,
  );
}
