import { resolve } from 'node:path';
import { type RedisFromEnvironment, redisEnvironment } from './environment.js';
import { showingBut, valueAt } from './found.js';
import { problemsOf } from './issues.js';
import { type ConfigPath, configError, type Problem } from './problem.js';
import { locationsOf, referenceProblems } from './references.js';
import { type BackendConfig, configSchema, type ValidConfig } from './schema.js';
import { warnOfShortDurations } from './short-durations.js';
import { stated } from './stated.js';
import { type Environment, substituted } from './substitute.js';

type RedisConfig = Extract<BackendConfig, { type: 'redis' }>;

/** Where a config comes from. */
export interface ConfigSource {
  /** As an error names it. */
  readonly name: string;
  /** The directory of a config file: its relative paths start there, and its placeholders are replaced. */
  readonly directory?: string;
}

/**
 * Checks a config: its shape, what its parts say of each other, and the variables it needs.
 *
 * @throws CacheConfigError that lists all problems, each with its path, what was found and what is allowed
 */
export function validConfig(given: unknown, source: ConfigSource, env: Environment): ValidConfig {
  const { config, problems, fromVariables } =
    source.directory === undefined
      ? { config: given, problems: [], fromVariables: [] }
      : substituted(given, env);
  const show = showingBut(fromVariables);
  const parsed = configSchema.safeParse(config);
  const redis = redisVariables(config, env);
  const all = [
    ...(parsed.error ? problemsOf(parsed.error.issues, config, show) : []),
    ...referenceProblems(config, show, Boolean(env.REDIS_URL)),
  ].filter(({ path }) => !problems.some((other) => isWithin(path, other.path)));
  const report: readonly Problem[] = [...problems, ...all, ...redis.problems];
  if (report.length > 0 || !parsed.data) throw configError(source.name, report);
  warnOfShortDurations(config);
  return completed(parsed.data, redis.options, source.directory);
}

/** What the variables say to the Redis backends of a config: nothing where there is none, no URL where none needs it. */
function redisVariables(config: unknown, env: Environment): ReturnType<typeof redisEnvironment> {
  const backends = Object.values(valueAt(config, ['backends']) ?? {});
  const redis = backends.filter((backend) => valueAt(backend, ['type']) === 'redis');
  if (redis.length === 0) return { options: {}, problems: [] };
  const needsUrl = redis.some((backend) => locationsOf(backend).length === 0);
  return redisEnvironment(needsUrl ? env : { ...env, REDIS_URL: undefined });
}

/** The config with what its backends leave open: to the environment, or to the place of its file. */
function completed(
  config: ValidConfig,
  fromEnvironment: RedisFromEnvironment,
  directory: string | undefined,
): ValidConfig {
  const complete = (backend: BackendConfig): BackendConfig => {
    if (backend.type === 'redis') return withEnvironment(backend, fromEnvironment);
    if (backend.type === 'file' && directory !== undefined) {
      return { ...backend, directory: resolve(directory, backend.directory) };
    }
    return backend;
  };
  const backends = Object.entries(config.backends ?? {}).map(([name, backend]) => [name, complete(backend)]);
  return { ...config, backends: Object.fromEntries(backends) as Record<string, BackendConfig> };
}

function withEnvironment(backend: RedisConfig, { url, ...settings }: RedisFromEnvironment): RedisConfig {
  const where = locationsOf(backend).length === 0 && url !== undefined ? { url } : {};
  return { ...settings, ...where, ...stated(backend) };
}

/** Whether `path` is `other` or lies in it: what is wrong there is said already. */
function isWithin(path: ConfigPath, other: ConfigPath): boolean {
  return other.every((part, i) => part === path[i]);
}
