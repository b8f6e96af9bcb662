import { createCache, tiered } from '@keepsake/core';
import { redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import type { Place, Subject } from './subject.js';

/** Memory in front of Redis, everything at its defaults. */
export function openKeepsake({ url, cluster }: Place): Subject {
  const back = cluster
    ? redis({ cluster: { rootNodes: cluster.map((node) => ({ url: node })) } })
    : redis(url);
  const cache = createCache({ backend: tiered([memory(), back]), ttl: '1h' });
  return {
    getOrSet: (key, loader, options) => cache.getOrSet(key, loader, options),
    set: (key, value, options) => cache.set(key, value, options),
    delete: (key) => cache.delete(key),
    invalidateTag: (tag) => cache.invalidateTags([tag]),
    clear: () => cache.clear(),
    close: () => cache.close(),
  };
}
