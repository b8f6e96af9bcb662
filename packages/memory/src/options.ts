import {
  CacheConfigError,
  type Clock,
  type Duration,
  describe,
  type Entry,
  milliseconds,
  systemClock,
} from '@keepsake/core';
import { estimatedSize } from './estimated-size.js';

/**
 * What keeps a stored value safe from its callers.
 *
 * - `reference`: nothing; every caller gets the object that was stored, and sees what others do to it. Free.
 * - `freeze`: the stored object itself is frozen, with all it reaches. A value that holds what cannot be frozen (Map, Set,
 *   Date, RegExp, Error, typed arrays, buffers) is copied as under `clone`. Private fields of classes are out of reach.
 * - `clone`: copied at the write and at each read. What cannot be copied without loss (a function, a class instance) is
 *   refused with a `CacheSerializationError`.
 */
export type Isolation = 'reference' | 'freeze' | 'clone';

/** What `memory()` can be told. */
export interface MemoryOptions {
  /** Names the tier in stats, events and errors. @default 'memory' */
  readonly name?: string;
  /** The most entries it ever holds; `Infinity` for no bound. @default 10_000 */
  readonly maxEntries?: number;
  /** The most bytes it ever holds, as `sizeOf` counts them. @default Infinity, nothing is counted */
  readonly maxBytes?: number;
  /**
   * The bytes of one entry. Called once per write, and only where `maxBytes` is set.
   * @default a walk over the value that adds up what V8 takes for it, within a factor of about two
   */
  readonly sizeOf?: (value: unknown, key: string) => number;
  /** What keeps a stored value safe from its callers. @default 'reference' */
  readonly isolation?: Isolation;
  /** Makes room for a new entry by evicting the least recently used, or refuses it with a `CacheFullError`. @default 'evict' */
  readonly onFull?: 'evict' | 'reject';
  /** Told of each entry that was evicted for room, after the write that needed it. What it throws is ignored. */
  readonly onEvict?: (key: string, entry: Entry) => void;
  /** How often expired entries are dropped that nobody asked for; `'forever'` never. @default '1m' */
  readonly sweepEvery?: Duration;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Every option decided: durations in ms, defaults filled in. */
export interface ResolvedOptions extends Required<Omit<MemoryOptions, 'onEvict' | 'sweepEvery'>> {
  readonly onEvict: MemoryOptions['onEvict'];
  readonly sweepEvery: number;
}

type Rule = { readonly allowed: string; readonly accepts: (given: unknown) => boolean };

const isFunction = (given: unknown): boolean => typeof given === 'function';
const isBound = (given: unknown): boolean =>
  given === Number.POSITIVE_INFINITY || (Number.isSafeInteger(given) && (given as number) > 0);

const RULES: { readonly [K in keyof MemoryOptions]-?: Rule } = {
  name: {
    allowed: 'a string that is not empty',
    accepts: (given) => typeof given === 'string' && given !== '',
  },
  maxEntries: { allowed: 'a positive whole number, or Infinity', accepts: isBound },
  maxBytes: { allowed: 'a positive whole number, or Infinity', accepts: isBound },
  sizeOf: { allowed: 'a function (value, key) => bytes', accepts: isFunction },
  isolation: oneOf('reference', 'freeze', 'clone'),
  onFull: oneOf('evict', 'reject'),
  onEvict: { allowed: 'a function (key, entry) => void', accepts: isFunction },
  // Its own error is better than what a rule could say.
  sweepEvery: { allowed: '', accepts: (given) => milliseconds(given as Duration, 'memory: sweepEvery') > 0 },
  clock: {
    allowed: 'a Clock, with now() and after()',
    accepts: (given) =>
      isFunction((given as Clock | null)?.now) && isFunction((given as Clock | null)?.after),
  },
};

/**
 * The options of `memory()` with every default filled in.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function resolved(options: MemoryOptions): ResolvedOptions {
  check(options);
  return {
    name: options.name ?? 'memory',
    maxEntries: options.maxEntries ?? 10_000,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    sizeOf: options.sizeOf ?? estimatedSize,
    isolation: options.isolation ?? 'reference',
    onFull: options.onFull ?? 'evict',
    onEvict: options.onEvict,
    sweepEvery: milliseconds(options.sweepEvery ?? '1m', 'memory: sweepEvery'),
    clock: options.clock ?? systemClock,
  };
}

function check(options: MemoryOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new CacheConfigError(`memory: ${describe(options)} is not an object of options.`);
  }
  for (const [option, given] of Object.entries(options)) {
    const rule = Object.hasOwn(RULES, option) ? RULES[option as keyof MemoryOptions] : undefined;
    if (!rule) {
      throw new CacheConfigError(
        `memory: ${describe(option)} is not an option. Allowed: ${Object.keys(RULES).join(', ')}.`,
      );
    }
    if (given !== undefined && !rule.accepts(given)) {
      throw new CacheConfigError(`memory: ${option} is ${describe(given)}. Allowed: ${rule.allowed}.`);
    }
  }
}

function oneOf(...allowed: readonly string[]): Rule {
  return {
    allowed: allowed.map((one) => `'${one}'`).join(' or '),
    accepts: (given) => allowed.includes(given as string),
  };
}
