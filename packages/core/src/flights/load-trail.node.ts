import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoadTrail } from './load-trail.js';

/** A trail that follows every promise of the process, which costs each of them: for finding a recursion. */
export function loadTrail(): LoadTrail | undefined {
  const storage = new AsyncLocalStorage<readonly string[]>();
  return {
    run: (key, work) => storage.run([...(storage.getStore() ?? []), key], work),
    includes: (key) => storage.getStore()?.includes(key) ?? false,
  };
}
