import {
  type Backend,
  type Cache,
  createCache,
  milliseconds,
  type TierOptions,
  tiered,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { backendNameOf, namespaceOf } from '../config/references.js';
import type { CacheConfig, TierConfig, ValidConfig } from '../config/schema.js';
import { type Stated, stated } from '../config/stated.js';
import { takeBackend } from './shared-backend.js';

/** The cache `name` of a config; one that it does not describe is in memory. */
export function makeCache(name: string, config: ValidConfig): Cache {
  const cache = config.caches?.[name];
  return createCache({
    ...(cache ? optionsOf(cache) : {}),
    ...(cache?.bus === false ? { bus: false } : {}),
    backend: cache ? tiered(cache.tiers.map((tier) => tierOf(tier, config))) : memory(),
    namespace: namespaceOf(config, name),
    profiles: config.profiles ?? {},
  });
}

/** What a cache of a config says that `createCache` takes as it is. */
function optionsOf(cache: CacheConfig): Stated<Omit<CacheConfig, 'tiers' | 'namespace' | 'version' | 'bus'>> {
  const { tiers: _, namespace: __, version: ___, bus: ____, ...options } = cache;
  return stated(options);
}

function tierOf(tier: TierConfig, config: ValidConfig): Backend | TierOptions {
  const backend = takeBackend(backendNameOf(tier) as string, config);
  const maxTtl = typeof tier === 'string' ? undefined : tier.maxTtl;
  return maxTtl === undefined ? backend : { backend, maxTtl: milliseconds(maxTtl, 'maxTtl') };
}
