import { loadTrail } from '#load-trail';
import { CacheConfigError } from '../errors.js';
import type { LoadTrail } from '../flights/load-trail.js';
import { DEFAULT_RULES, rulesOf } from '../freshness/rules.js';
import { childPath } from '../keys/namespace-path.js';
import type { Epochs } from '../tiers/epochs.js';
import { flattened } from '../tiers/flattened.js';
import { systemClock } from '../time/clock.js';
import { milliseconds } from '../time/duration.js';
import { Cache } from './cache.js';
import { Engine } from './engine.js';
import { assertCacheOptions, type CacheOptions } from './options.js';

/**
 * A cache over a backend or a stack of them.
 *
 * @throws CacheConfigError if an option is wrong: which, what was given, what is allowed
 * @example
 * ```ts
 * import { createCache, file, memory, tiered } from 'keepsake';
 * const cache = createCache({ backend: tiered([memory(), file({ directory: '.cache' })]), ttl: '1h' });
 * await cache.set('user:42', { name: 'Ada' }, { tags: ['team:7'] });
 * await cache.invalidateTags(['team:7']);
 * await cache.get('user:42'); // undefined
 * ```
 */
export function createCache(options: CacheOptions): Cache {
  return createCacheWith(options, undefined);
}

/** @internal As `createCache`, with the epochs of a test that wants to see what happens without them. */
export function createCacheWith(options: CacheOptions, epochs: Epochs | undefined): Cache {
  assertCacheOptions(options);
  const path = childPath('', options.namespace ?? 'keepsake');
  const engine = new Engine({
    path,
    epochs,
    tiers: flattened(options.backend),
    clock: options.clock ?? systemClock,
    bus: options.bus,
    timeout: milliseconds(options.timeout ?? 250, 'timeout'),
    duplicateIds: options.duplicateIds ?? 'refuse',
    random: options.random ?? Math.random,
    trail: options.detectRecursion ? trail() : undefined,
  });
  const { ttl, profiles = {} } = options;
  return new Cache(engine, path, { ttl, profiles, rules: rulesOf(options, DEFAULT_RULES) }, true);
}

/** @throws CacheConfigError where promises cannot be followed */
function trail(): LoadTrail {
  const made = loadTrail();
  if (made) return made;
  throw new CacheConfigError(
    'detectRecursion: true was given, and this platform cannot follow promises. Allowed: false; true in Node, Bun and Deno.',
  );
}
