import { dirname, resolve } from 'node:path';
import { CacheConfigError } from '@keepsake/core';
import { configFromEnvironment } from '../config/environment.js';
import { findConfig } from '../config/find-config.js';
import { loadConfig } from '../config/load-config.js';
import type { KeepsakeConfig, ValidConfig } from '../config/schema.js';
import { type ConfigSource, validConfig } from '../config/validate.js';
import { warmUp } from './make-backend.js';
import { registry } from './registry.js';

/**
 * Says what the caches of this process are. Nothing is connected before a cache is first used.
 *
 * To be called before the first cache is handed out, which the first call of a cached function does. Without it, the
 * nearest `keepsake.config.{json,js,mjs,ts}` counts, from the working directory upwards; where there is none, the
 * environment (see `configFromEnvironment`).
 *
 * @throws CacheConfigError that lists all that is wrong, or says that caches are in use already
 * @example
 * ```ts
 * import { configure, getCache } from 'keepsake';
 * configure({
 *   profiles: { predictions: '2h' },
 *   backends: { memory: { type: 'memory' }, disk: { type: 'file', directory: '.cache' } },
 *   caches: { default: { tiers: ['memory', 'disk'], ttl: 'profile:predictions' } },
 * });
 * await getCache().set('answer', 42);
 * ```
 */
export function configure(config: KeepsakeConfig): void {
  use(config, { name: 'configure: the config' });
}

/**
 * As `configure`, with what a config file says: the file at `path`, or the nearest one, from the working directory
 * upwards. Call it where your application starts to have a bad config stop it there.
 *
 * @returns the path of the file
 * @throws CacheConfigError if there is none, it cannot be loaded, or something in it is wrong
 */
export function configureFromFile(path?: string): string {
  const file = path === undefined ? nearestConfig() : resolve(path);
  if (file === undefined) {
    throw new CacheConfigError(
      'configureFromFile: there is no keepsake.config.json, .js, .mjs or .ts in the working directory or above it.',
    );
  }
  use(loadConfig(file), sourceOf(file));
  return file;
}

/** The config that counts: the one that was given, else the nearest file, else the environment. */
export function currentConfig(): ValidConfig {
  const known = registry();
  known.config ??= foundConfig();
  return known.config;
}

function use(config: unknown, source: ConfigSource): void {
  const known = registry();
  if (known.caches.size > 0) {
    throw new CacheConfigError(
      `${source.name} came too late: caches are in use already (${[...known.caches.keys()].join(', ')}). ` +
        'Configure before the first call of a cached function; in a test, `await resetConfiguration()` first.',
    );
  }
  known.config = validConfig(config, source, process.env);
  warmUp(known.config);
}

function foundConfig(): ValidConfig {
  const file = nearestConfig();
  const config =
    file === undefined
      ? validConfig(configFromEnvironment(), { name: 'The environment' }, process.env)
      : validConfig(loadConfig(file), sourceOf(file), process.env);
  warmUp(config);
  return config;
}

function sourceOf(file: string): ConfigSource {
  return { name: file, directory: dirname(file) };
}

function nearestConfig(): string | undefined {
  return findConfig(process.cwd());
}
