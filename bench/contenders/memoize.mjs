import memoize from 'memoize';
import { keyOf } from '../workload.mjs';

/** Holds the promises. No bound: it grows until entries expire. */
export const memoizeWithJson = {
  name: 'memoize + JSON key',
  packages: ['memoize'],
  create: (loader) => memoize(loader, { maxAge: 3_600_000, cacheKey: ([argument]) => keyOf(argument) }),
};
