import { setCacheResolver } from '@keepsake/core';
import { getCache } from './get-cache.js';

// `cached` and `Cached` find their caches here. A side effect: package.json names this file in `sideEffects`.
setCacheResolver(getCache);
