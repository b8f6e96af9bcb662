// The one import for applications: wrap a function, annotate a method, say in a config where the values live.
import './registry/install.js';

// The toolkit itself, and the backends that need no server.
export * from '@keepsake/core';
export * from '@keepsake/file';
export * from '@keepsake/memory';

// Config: a file, an object, or the environment.
export { defineConfig } from './config/define-config.js';
export { configFromEnvironment } from './config/environment.js';
export type { BackendConfig, CacheConfig, KeepsakeConfig, TierConfig } from './config/schema.js';

// Registry: caches by name.
export { configure, configureFromFile } from './registry/configure.js';
export { closeAll, getCache, resetConfiguration } from './registry/get-cache.js';
