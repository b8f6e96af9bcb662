import type { Bus } from '../bus/bus.js';
import type { Backend } from '../contract/backend.js';
import { CacheConfigError } from '../errors.js';
import {
  assertFreshnessOptions,
  FRESHNESS_OPTIONS,
  type FreshnessOptions,
} from '../freshness/freshness-options.js';
import { assertKnownOptions, assertOneOf, assertType, describe } from '../policy/known-options.js';
import { assertTtl, type Profiles, type Ttl } from '../policy/profiles.js';
import { assertTier } from '../tiers/assert-tier.js';
import type { TierOptions } from '../tiers/tier.js';
import type { Clock } from '../time/clock.js';
import { type Duration, milliseconds } from '../time/duration.js';

/** What `createCache` takes; freshness options are the defaults of its functions and values. */
export interface CacheOptions extends FreshnessOptions {
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
  /** Carries invalidations to and from other processes; `false` for none. @default that of the last tier, if it has one (`redis()`) */
  readonly bus?: Bus | false;
  /** What happens when two functions have the same id: an error, or (hot reload) the newer one wins. @default 'refuse' */
  readonly duplicateIds?: 'refuse' | 'replace';
  /**
   * Finds a load that waits for itself across an `await`, and makes that an error. It follows every promise of the
   * process, which slows all of them down: for development and tests.
   * @default false: found for free only before the loader's first `await`
   */
  readonly detectRecursion?: boolean;
  /** @default systemClock */
  readonly clock?: Clock;
  /** A number in [0, 1), for jitter and early refresh. @default Math.random */
  readonly random?: () => number;
}

const NAMES = [
  'backend',
  'namespace',
  'ttl',
  'profiles',
  'timeout',
  'bus',
  'duplicateIds',
  'detectRecursion',
  'clock',
  'random',
  ...FRESHNESS_OPTIONS,
] as const satisfies readonly (keyof CacheOptions)[];

/**
 * @throws CacheConfigError that names the first option that is wrong, what was given and what is allowed
 */
export function assertCacheOptions(options: CacheOptions): void {
  assertKnownOptions('createCache', options, NAMES);
  assertTier(options.backend);
  assertType('namespace', options.namespace, 'string');
  if (options.ttl !== undefined) assertTtl(options.ttl);
  assertType('profiles', options.profiles, 'object');
  for (const [name, ttl] of Object.entries(options.profiles ?? {})) milliseconds(ttl, `profiles.${name}`);
  if (options.timeout !== undefined) milliseconds(options.timeout, 'timeout');
  assertOneOf('duplicateIds', options.duplicateIds, ['refuse', 'replace']);
  assertBus(options.bus);
  assertType('detectRecursion', options.detectRecursion, 'boolean');
  assertMethods('clock', options.clock, ['now', 'after']);
  assertType('random', options.random, 'function');
  assertFreshnessOptions(options);
}

function assertBus(given: unknown): void {
  if (given === undefined || given === false || hasMethods(given, ['publish', 'subscribe'])) return;
  throw new CacheConfigError(
    `bus: ${describe(given)} was given. Allowed: a Bus, with publish() and subscribe() (of a localBus(): its connect()), or false.`,
  );
}

function assertMethods(option: string, given: unknown, methods: readonly string[]): void {
  if (given === undefined || hasMethods(given, methods)) return;
  throw new CacheConfigError(
    `${option}: ${describe(given)} was given. Allowed: an object with ${methods.map((method) => `${method}()`).join(' and ')}.`,
  );
}

function hasMethods(given: unknown, methods: readonly string[]): boolean {
  const object = given as Readonly<Record<string, unknown>> | null;
  return methods.every((method) => typeof object?.[method] === 'function');
}
