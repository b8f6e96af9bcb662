import { createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { ROOM } from '../workload.mjs';

export const keepsake = {
  name: 'keepsake `cached()`',
  packages: ['@keepsake/core', '@keepsake/memory'],
  create(loader) {
    const cache = createCache({ backend: memory({ maxEntries: ROOM }), ttl: '1h' });
    return cache.cached(loader, { id: 'find' });
  },
};
