import type { Bus } from '../bus/bus.js';
import type { Backend } from '../contract/backend.js';
import { CacheConfigError } from '../errors.js';
import { assertKnownOptions, assertOneOf, assertType, describe } from '../policy/known-options.js';
import { assertTtl, type Profiles, type Ttl } from '../policy/profiles.js';
import type { TierOptions } from '../tiers/tier.js';
import type { Clock } from '../time/clock.js';
import { type Duration, milliseconds } from '../time/duration.js';

/** What `createCache` takes. */
export interface CacheOptions {
  /** Where the values live: a backend, or a stack of them made by `tiered`. */
  readonly backend: Backend | TierOptions;
  /** The first part of every stored key. Caches with the same namespace on the same shared backend share values. @default 'keepsake' */
  readonly namespace?: string;
  /** How long entries are fresh where nothing else is said. @default 'forever' for `set`, none for functions */
  readonly ttl?: Ttl;
  /** Lengths of time by name, for `ttl: 'profile:<name>'`. */
  readonly profiles?: Profiles;
  /** How long one operation on a tier that is not local may take. @default 250 (ms) */
  readonly timeout?: Duration;
  /** Carries invalidations to and from other processes; `false` for none. */
  readonly bus?: Bus | false;
  /** What happens when two functions have the same id: an error, or (hot reload) the newer one wins. @default 'refuse' */
  readonly duplicateIds?: 'refuse' | 'replace';
  /** @default systemClock */
  readonly clock?: Clock;
}

const NAMES = [
  'backend',
  'namespace',
  'ttl',
  'profiles',
  'timeout',
  'bus',
  'duplicateIds',
  'clock',
] as const satisfies readonly (keyof CacheOptions)[];

const METHODS = ['get', 'set', 'delete', 'clear', 'keys'] as const;

/**
 * @throws CacheConfigError that names the first option that is wrong, what was given and what is allowed
 */
export function assertCacheOptions(options: CacheOptions): void {
  assertKnownOptions('createCache', options, NAMES);
  assertBackend(options.backend);
  assertType('namespace', options.namespace, 'string');
  if (options.ttl !== undefined) assertTtl(options.ttl);
  assertType('profiles', options.profiles, 'object');
  for (const [name, ttl] of Object.entries(options.profiles ?? {})) milliseconds(ttl, `profiles.${name}`);
  if (options.timeout !== undefined) milliseconds(options.timeout, 'timeout');
  assertOneOf('duplicateIds', options.duplicateIds, ['refuse', 'replace']);
}

function assertBackend(given: unknown): void {
  const tier = given as { readonly backend?: unknown } | undefined;
  const backend = (tier?.backend ?? given) as Record<string, unknown> | undefined;
  const missing = METHODS.filter((method) => typeof backend?.[method] !== 'function');
  if (missing.length === 0) return;
  throw new CacheConfigError(
    `backend: ${describe(given)} was given, which lacks ${missing.map((method) => `${method}()`).join(', ')}. ` +
      'Allowed: a backend such as memory(), file({ directory }), redis(url), or tiered([…]).',
  );
}
