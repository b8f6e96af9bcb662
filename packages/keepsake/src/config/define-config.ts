import type { KeepsakeConfig } from './schema.js';

/**
 * The config as it is given: lets an editor complete and check `keepsake.config.ts` and `.js`.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'keepsake';
 * export default defineConfig({
 *   backends: { memory: { type: 'memory', maxEntries: 50_000 }, disk: { type: 'file', directory: '.cache' } },
 *   caches: { default: { tiers: ['memory', 'disk'], ttl: '1h' } },
 * });
 * ```
 */
export function defineConfig(config: KeepsakeConfig): KeepsakeConfig {
  return config;
}
