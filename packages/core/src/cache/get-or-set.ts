import { CacheConfigError } from '../errors.js';
import type { LoadPlan } from '../flights/load-plan.js';
import type { LoaderContext } from '../flights/loader-context.js';
import { type Rules, rulesOf } from '../freshness/rules.js';
import { isAbortSignal } from '../keys/abort-signal.js';
import { atHand } from '../policy/at-hand.js';
import { asErrorTtl } from '../policy/error-ttl.js';
import { assertKnownOptions, assertType, describe } from '../policy/known-options.js';
import type { Ttl } from '../policy/profiles.js';
import { assertFunction } from './arguments.js';
import type { Cache } from './cache.js';
import { GET_OR_SET_OPTIONS, type GetOrSetOptions } from './operations.js';

/** One call of `getOrSet`. A hit uses nothing but the key and the rules, so everything else is worked out when asked for. */
export class GetOrSetCall<V> implements LoadPlan<V> {
  readonly key: string;
  readonly tags: readonly string[];
  readonly rules: Rules;
  readonly #cache: Cache;
  readonly #loader: (context: LoaderContext<V>) => V | Promise<V>;
  readonly #options: GetOrSetOptions<V>;
  readonly #ttl: Ttl | ((value: V) => Ttl);

  /**
   * @throws CacheConfigError that names the option, what was given and what is allowed
   */
  constructor(
    cache: Cache,
    key: string,
    loader: (context: LoaderContext<V>) => V | Promise<V>,
    options: GetOrSetOptions<V>,
  ) {
    assertOptions(options);
    assertFunction('loader', loader);
    this.key = cache.stored(key);
    this.tags = cache.tags(options.tags);
    this.rules = rulesOf(options, cache.defaults.rules);
    this.#cache = cache;
    this.#loader = loader;
    this.#options = options;
    this.#ttl = ttlOf(options, cache);
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  load(context: LoaderContext<V>): V | Promise<V> {
    return this.#loader(context);
  }

  ttl(value: V): number | undefined {
    const { when } = this.#options;
    if (when && !atHand('when', when(value))) return undefined;
    return this.milliseconds(typeof this.#ttl === 'function' ? atHand('ttl', this.#ttl(value)) : this.#ttl);
  }

  errorTtl(error: unknown): number | undefined {
    const { cacheErrors } = this.#options;
    return cacheErrors && asErrorTtl(cacheErrors(error), (ttl, option) => this.milliseconds(ttl, option));
  }

  milliseconds(ttl: Ttl, option?: string): number {
    return this.#cache.milliseconds(ttl, option);
  }
}

function ttlOf<V>(options: GetOrSetOptions<V>, cache: Cache): Ttl | ((value: V) => Ttl) {
  const { ttl = cache.defaults.ttl } = options;
  if (ttl === undefined) {
    throw new CacheConfigError(
      'ttl: none was given to getOrSet and the cache has none. Allowed: a duration.',
    );
  }
  if (typeof ttl !== 'function') cache.milliseconds(ttl);
  return ttl;
}

function assertOptions(options: GetOrSetOptions<never>): void {
  assertKnownOptions('getOrSet', options, GET_OR_SET_OPTIONS);
  const { when, cacheErrors, signal } = options;
  assertType('when', when, 'function');
  assertType('cacheErrors', cacheErrors, 'function');
  if (signal === undefined || isAbortSignal(signal)) return;
  throw new CacheConfigError(`signal: ${describe(signal)} was given. Allowed: an AbortSignal.`);
}
