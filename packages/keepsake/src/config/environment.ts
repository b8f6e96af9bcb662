import type { Duration } from '@keepsake/core';
import { foundText } from './found.js';
import { isRedisUrl } from './leaves.js';
import { configError, type Problem } from './problem.js';
import type { KeepsakeConfig } from './schema.js';
import type { Environment } from './substitute.js';

/** What the environment says of Redis, as options of a `redis` backend. */
export interface RedisFromEnvironment {
  readonly url?: string;
  readonly maxConnections?: number;
  readonly socketTimeout?: Duration;
  readonly connectTimeout?: Duration;
  readonly retryOnTimeout?: boolean;
  readonly healthCheckInterval?: Duration;
}

const URL_VARIABLE = 'REDIS_URL';
const SETTINGS = {
  REDIS_MAX_CONNECTIONS: ['maxConnections', wholeNumber, 'a positive whole number'],
  REDIS_SOCKET_TIMEOUT: ['socketTimeout', seconds, 'a positive number of seconds'],
  REDIS_CONNECT_TIMEOUT: ['connectTimeout', seconds, 'a positive number of seconds'],
  REDIS_RETRY_ON_TIMEOUT: ['retryOnTimeout', flag, '`true`, `1`, `yes`, `on`, `false`, `0`, `no` or `off`'],
  REDIS_HEALTH_CHECK_INTERVAL: ['healthCheckInterval', secondsOrNever, 'a number of seconds, 0 for never'],
} as const;

/**
 * The config that the environment stands for, where there is no other: the default cache in memory; with `REDIS_URL`
 * set, in Redis with memory in front.
 *
 * A bus over the same Redis tells this process what others invalidate. The copies in memory live 5 minutes at most, should
 * that be cut off for long.
 *
 * @param env - @default process.env
 * @throws CacheConfigError that lists every variable that is wrong
 * @example
 * ```ts
 * import { configFromEnvironment, configure } from 'keepsake';
 * configure(configFromEnvironment());
 * ```
 */
export function configFromEnvironment(env: Environment = process.env): KeepsakeConfig {
  if (!env[URL_VARIABLE]) {
    warnOfSettings(env);
    return { backends: { memory: { type: 'memory' } }, caches: { default: { tiers: ['memory'] } } };
  }
  const { options, problems } = redisEnvironment(env);
  if (problems.length > 0) throw configError('The environment', problems);
  return {
    backends: { memory: { type: 'memory' }, redis: { type: 'redis', ...options } },
    caches: { default: { tiers: [{ backend: 'memory', maxTtl: '5m' }, 'redis'] } },
  };
}

/** What the variables say, and what is wrong with them. An empty variable is not set. */
export function redisEnvironment(env: Environment): {
  readonly options: RedisFromEnvironment;
  readonly problems: readonly Problem[];
} {
  const options: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const url = env[URL_VARIABLE];
  if (url && isRedisUrl(url)) options.url = url;
  else if (url) problems.push({ path: [URL_VARIABLE], message: BAD_URL });
  for (const [variable, [option, read, allowed]] of Object.entries(SETTINGS)) {
    const written = env[variable]?.trim();
    if (!written) continue;
    const value = read(written);
    if (value === undefined) {
      const found = foundText(written, [variable]);
      problems.push({ path: [variable], message: `${found} was found. Allowed: ${allowed}.` });
    } else if (value !== NEVER) options[option] = value;
  }
  return { options, problems };
}

const BAD_URL =
  'what was found is no URL of a Redis (it is not shown, since it may hold a password). ' +
  "Allowed: 'redis[s]://[[user]:password@]host[:port][/database]'.";
const NEVER = Symbol('never');

function wholeNumber(written: string): number | undefined {
  return /^0*[1-9]\d{0,14}$/.test(written) ? Number(written) : undefined;
}

function seconds(written: string): Duration | undefined {
  return /^\d{1,12}(\.\d+)?$/.test(written) && Number(written) > 0 ? `${Number(written)}s` : undefined;
}

function secondsOrNever(written: string): Duration | typeof NEVER | undefined {
  return Number(written) === 0 ? NEVER : seconds(written);
}

function flag(written: string): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(written)) return true;
  return /^(false|0|no|off)$/i.test(written) ? false : undefined;
}

function warnOfSettings(env: Environment): void {
  const set = Object.keys(SETTINGS).filter((variable) => env[variable]?.trim());
  if (set.length === 0) return;
  console.warn(
    `keepsake: ${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set without effect: ` +
      `there is no config and no ${URL_VARIABLE}, so that the default cache is in memory.`,
  );
}
