import { CacheConfigError } from '../errors.js';
import { assertedPolicy, POLICY_OPTIONS } from '../functions/assert-policy.js';
import type { Policy } from '../functions/function-policy.js';
import { assertKnownOptions, describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';

/**
 * How the items of a batch function are cached: a policy as of a function that loads one item. `I` is an item, `V` what the
 * source has for it, `undefined` where it has nothing.
 */
export interface BatchPolicy<I = never, V = never>
  extends Omit<Policy<readonly [item: I], V>, 'perInstance'> {
  /** How many items one call of the function gets at most; more go to several calls at once. @default no limit */
  readonly maxBatch?: number;
}

const NAMES = [...POLICY_OPTIONS.filter((name) => name !== 'perInstance'), 'maxBatch'];

/**
 * The policy that a definition was given, checked, and the limit of its batches.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function assertedBatchPolicy(
  given: Ttl | BatchPolicy,
  what: string,
): { readonly policy: Policy; readonly maxBatch: number } {
  if (typeof given !== 'object')
    return { policy: assertedPolicy(given, what), maxBatch: Number.POSITIVE_INFINITY };
  assertKnownOptions(what, given, NAMES);
  const { maxBatch, ...policy } = given;
  assertMaxBatch(maxBatch, what);
  return { policy: assertedPolicy(policy, what), maxBatch: maxBatch ?? Number.POSITIVE_INFINITY };
}

function assertMaxBatch(maxBatch: unknown, what: string): void {
  if (maxBatch === undefined || (Number.isSafeInteger(maxBatch) && (maxBatch as number) > 0)) return;
  throw new CacheConfigError(
    `${what}: maxBatch: ${describe(maxBatch)} was given. Allowed: a whole number from 1 on.`,
  );
}
