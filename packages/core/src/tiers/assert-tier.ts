import type { Backend } from '../contract/backend.js';
import { required } from '../contract/capabilities.js';
import { CacheConfigError } from '../errors.js';
import { assertKnownOptions, describe } from '../policy/known-options.js';
import { type Duration, milliseconds } from '../time/duration.js';
import type { TierOptions } from './tier.js';

const ALLOWED = 'Allowed: a backend such as memory(), file({ directory }), redis(url), or tiered([…]).';

/**
 * @throws CacheConfigError unless `given` is a backend or a tier made of one: what it lacks, what is allowed
 */
export function assertTier(given: unknown): asserts given is Backend | TierOptions {
  if (typeof given !== 'object' || given === null || !('backend' in given)) {
    assertBackend(given);
    return;
  }
  assertKnownOptions('a tier', given, ['backend', 'maxTtl']);
  assertBackend(given.backend);
  if ('maxTtl' in given && given.maxTtl !== undefined) milliseconds(given.maxTtl as Duration, 'maxTtl');
}

function assertBackend(given: unknown): void {
  const backend = given as Readonly<Record<string, unknown>> | null | undefined;
  const missing = required
    .filter((method) => typeof backend?.[method] !== 'function')
    .map((one) => `${one}()`);
  if (typeof backend?.name !== 'string') missing.push('a name');
  if (missing.length === 0) return;
  throw new CacheConfigError(
    `backend: ${describe(given)} was given, which lacks ${missing.join(', ')}. ${ALLOWED}`,
  );
}
