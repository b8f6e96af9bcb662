import type { Cache } from '@keepsake/core';
import type { ValidConfig } from '../config/schema.js';
import type { SharedBackend } from './shared-backend.js';

/** What a process knows of its caches. */
export interface Registry {
  config: ValidConfig | undefined;
  readonly caches: Map<string, Cache>;
  readonly backends: Map<string, SharedBackend>;
}

// On globalThis, so that two copies of this package (ESM and CommonJS) hand out the same caches.
const REGISTRY = Symbol.for('keepsake.registry');
const shared = globalThis as { [REGISTRY]?: Registry };

/** The registry of this process. */
export function registry(): Registry {
  shared[REGISTRY] ??= { config: undefined, caches: new Map(), backends: new Map() };
  return shared[REGISTRY];
}
