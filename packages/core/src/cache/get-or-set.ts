import { CacheConfigError } from '../errors.js';
import type { LoadPlan } from '../flights/load-plan.js';
import type { LoaderContext } from '../flights/loader-context.js';
import { rulesOf } from '../freshness/rules.js';
import { isAbortSignal } from '../keys/abort-signal.js';
import { atHand } from '../policy/at-hand.js';
import { asErrorTtl } from '../policy/error-ttl.js';
import { assertKnownOptions, assertType, describe } from '../policy/known-options.js';
import { assertFunction } from './arguments.js';
import type { Cache } from './cache.js';
import { GET_OR_SET_OPTIONS, type GetOrSetOptions } from './operations.js';

/**
 * What `getOrSet` asks for, as a load.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function loadPlan<V>(
  cache: Cache,
  key: string,
  loader: (context: LoaderContext<V>) => V | Promise<V>,
  options: GetOrSetOptions<V>,
): LoadPlan<V> {
  assertKnownOptions('getOrSet', options, GET_OR_SET_OPTIONS);
  assertFunction('loader', loader);
  assertType('when', options.when, 'function');
  assertType('cacheErrors', options.cacheErrors, 'function');
  assertSignal(options.signal);
  const { ttl = cache.defaults.ttl, when, cacheErrors } = options;
  if (ttl === undefined) {
    throw new CacheConfigError(
      'ttl: none was given to getOrSet and the cache has none. Allowed: a duration.',
    );
  }
  if (typeof ttl !== 'function') cache.milliseconds(ttl);
  const milliseconds = (given: Parameters<Cache['milliseconds']>[0]): number => cache.milliseconds(given);
  return {
    key: cache.stored(key),
    tags: cache.tags(options.tags),
    rules: rulesOf(options, cache.defaults.rules),
    load: loader,
    signal: options.signal,
    milliseconds,
    ttl: (value) => {
      if (when && !atHand('when', when(value))) return undefined;
      return milliseconds(typeof ttl === 'function' ? atHand('ttl', ttl(value)) : ttl);
    },
    errorTtl: cacheErrors && ((error) => asErrorTtl(cacheErrors(error), milliseconds)),
  };
}

function assertSignal(signal: unknown): void {
  if (signal === undefined || isAbortSignal(signal)) return;
  throw new CacheConfigError(`signal: ${describe(signal)} was given. Allowed: an AbortSignal.`);
}
