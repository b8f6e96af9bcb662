import {
  CacheConfigError,
  CacheError,
  type Clock,
  type Codec,
  type Duration,
  describe,
  jsonCodec,
  milliseconds,
  systemClock,
} from '@keepsake/core';
import type { createSentinel, RedisClientOptions, RedisClusterOptions } from '@keyv/redis';
import { checkLocation } from './location-checks.js';
import { whereIs } from './where.js';

/** A client of node-redis that the application made: `createClient`, `createCluster` or `createSentinel`. */
export interface RedisClient {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  on(event: string, listener: (error: unknown) => void): unknown;
  off(event: string, listener: (error: unknown) => void): unknown;
}

/** The options of node-redis' `createSentinel`. */
export type RedisSentinelOptions = Parameters<typeof createSentinel>[0];

/** Where the server is: exactly one of these. */
export interface RedisLocation {
  /** `redis[s]://[[user]:password@]host[:port][/database]`, `redis:` plain, `rediss:` over TLS. */
  readonly url?: string;
  /** A single server, by the options of node-redis' `createClient`. */
  readonly server?: RedisClientOptions;
  /** The master of a sentinel group. Name all sentinels: more than half of them have to agree on who it is. */
  readonly sentinel?: RedisSentinelOptions;
  /** A cluster. Only its masters are asked: a replica still has what was deleted. */
  readonly cluster?: RedisClusterOptions;
  /**
   * The application's own client. It is connected if it is not, reconnects by its own rules, stays open when the tier is
   * closed and keeps the process alive meanwhile: connect it and end it yourself.
   */
  readonly client?: RedisClient;
}

/** How to reach a Redis and how long to wait for it. */
export interface RedisOptions extends RedisLocation {
  /** Names the tier in stats, events and errors. @default 'redis' */
  readonly name?: string;
  /** How values are written. @default jsonCodec() */
  readonly codec?: Codec;
  /** @default systemClock */
  readonly clock?: Clock;
  /** How long connecting may take, with authentication. @default '2s' */
  readonly connectTimeout?: Duration;
  /** How long a command may take. @default '1s' */
  readonly commandTimeout?: Duration;
  /**
   * How long a connection that owes answers may be silent before it is given up and made anew. Looked at when a command
   * is late. A cluster is not so patient: there every late command has the connections renewed.
   *
   * @default `commandTimeout`, twice that with `retryOnTimeout`
   */
  readonly socketTimeout?: Duration;
  /** Whether a read, a `set` and a `clear` are tried once more when they are late. @default false */
  readonly retryOnTimeout?: boolean;
  /** How often every server is asked for a sign of life, so that a broken connection is found before it is needed. @default never */
  readonly healthCheckInterval?: Duration;
  /**
   * The most connections to hold. One per server is all there ever is, since commands of all callers share it: only a
   * cluster with more masters than this is refused, when it is connected. @default no limit
   */
  readonly maxConnections?: number;
}

/** What may stand behind a URL: all but another location. */
export type Beside<Options extends RedisLocation> = Omit<Options, keyof RedisLocation>;

/** Which kind of server, with what its client is made of. */
export type RedisTarget =
  | { readonly url: string }
  | { readonly server: RedisClientOptions }
  | { readonly sentinel: RedisSentinelOptions }
  | { readonly cluster: RedisClusterOptions }
  | { readonly client: RedisClient };

/** Checked options. Lengths in ms. */
export interface ResolvedRedisOptions {
  readonly name: string;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly target: RedisTarget;
  /** The server, without credentials. */
  readonly where: string;
  /** Keys are spread over several servers. */
  readonly spread: boolean;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
  readonly socketTimeout: number;
  readonly retryOnTimeout: boolean;
  readonly healthCheckInterval: number | undefined;
  readonly maxConnections: number;
}

export const LOCATIONS = ['url', 'server', 'sentinel', 'cluster', 'client'] as const;
const OPTIONS: readonly string[] = [
  ...LOCATIONS,
  'name',
  'codec',
  'clock',
  'connectTimeout',
  'commandTimeout',
  'socketTimeout',
  'retryOnTimeout',
  'healthCheckInterval',
  'maxConnections',
];

const ARGUMENTS = 'Allowed: (url), (url, options), or (options) with one location among them.';

/**
 * Checks what was given and fills in the defaults.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed; never with a URL in it
 */
export function resolveRedisOptions(
  where: string | RedisOptions,
  more?: Beside<RedisOptions>,
): ResolvedRedisOptions {
  return namedIn('redis()', () => resolved(inOne<RedisOptions>(where, more)));
}

/**
 * One object of options: the one that was given, or a URL and what was given beside it.
 *
 * @throws CacheConfigError unless only a URL has options beside it, and none of them is another location
 */
export function inOne<Options extends RedisLocation>(
  where: string | Options,
  more: Beside<Options> | undefined,
): Options {
  if (typeof where !== 'string') {
    if (more === undefined) return where;
    throw new CacheConfigError(`${describe(more)} was given beside ${describe(where)}. ${ARGUMENTS}`);
  }
  if (more !== undefined && (typeof more !== 'object' || more === null)) {
    throw new CacheConfigError(`${describe(more)} was given beside a URL. ${ARGUMENTS}`);
  }
  const second = LOCATIONS.find((location) => (more as RedisLocation | undefined)?.[location] !== undefined);
  if (second === undefined) return { ...more, url: where } as Options; // what is beside it, and where
  throw new CacheConfigError(`\`${second}\` was given beside a URL: two locations. ${ARGUMENTS}`);
}

/** What `check` gives; its refusals begin with the name of the function whose options it checks. */
export function namedIn<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw CacheError.is(error) ? new CacheConfigError(`${name}: ${error.message}`) : error;
  }
}

/** @throws CacheConfigError unless `given` is an object of such options */
export function refuseUnknown(given: unknown, allowed: readonly string[]): void {
  if (typeof given !== 'object' || given === null) {
    throw new CacheConfigError(`${describe(given)} was given. Allowed: a URL, or an object of options.`);
  }
  const unknown = Object.keys(given).find((option) => !allowed.includes(option));
  if (unknown === undefined) return;
  throw new CacheConfigError(`${describe(unknown)} is no option. Allowed: ${allowed.join(', ')}.`);
}

/** Checks options of which none is unknown. */
export function resolved(given: RedisOptions): ResolvedRedisOptions {
  refuseUnknown(given, OPTIONS);
  const target = targetOf(given);
  const retryOnTimeout = flag(given.retryOnTimeout, 'retryOnTimeout');
  const commandTimeout = finite(given.commandTimeout ?? '1s', 'commandTimeout');
  return {
    name: nameOf(given.name),
    codec: withMethods(given.codec, 'codec', ['encode', 'decode']) ?? jsonCodec(),
    clock: withMethods(given.clock, 'clock', ['now', 'after']) ?? systemClock,
    target,
    where: whereIs(target),
    spread: 'cluster' in target || ('client' in target && 'slots' in target.client),
    connectTimeout: finite(given.connectTimeout ?? '2s', 'connectTimeout'),
    commandTimeout,
    socketTimeout: finite(given.socketTimeout ?? commandTimeout * (retryOnTimeout ? 2 : 1), 'socketTimeout'),
    retryOnTimeout,
    healthCheckInterval:
      given.healthCheckInterval === undefined
        ? undefined
        : finite(given.healthCheckInterval, 'healthCheckInterval'),
    maxConnections: limit(given.maxConnections),
  };
}

function targetOf(given: RedisOptions): RedisTarget {
  const named = LOCATIONS.filter((location) => given[location] !== undefined);
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    throw new CacheConfigError(
      `exactly one of ${LOCATIONS.join(', ')} says where the server is; given: ${named.join(', ') || 'none'}.`,
    );
  }
  checkLocation(kind, given[kind]);
  return { [kind]: given[kind] } as unknown as RedisTarget; // exactly this one was given, and checked
}

function nameOf(name: unknown): string {
  if (name === undefined) return 'redis';
  if (typeof name === 'string' && name !== '') return name;
  throw new CacheConfigError(`name: ${describe(name)}. Allowed: a text that is not empty.`);
}

function withMethods<T>(value: T | undefined, option: string, methods: readonly string[]): T | undefined {
  if (value === undefined) return undefined;
  const given = value as Record<string, unknown>;
  if (methods.every((method) => typeof given[method] === 'function')) return value;
  throw new CacheConfigError(`${option} must have ${methods.join(', ')}; given: ${typeof value}.`);
}

function finite(duration: Duration, option: string): number {
  const ms = lengthOf(duration);
  if (ms !== undefined && Number.isFinite(ms)) return ms;
  throw new CacheConfigError(
    `${option}: ${describe(duration)} is not a duration that ends. Allowed: a positive number of milliseconds, ` +
      "or a number with a unit ('500ms', '30s', '5m', '2h', '1d', '1w').",
  );
}

function lengthOf(duration: Duration): number | undefined {
  try {
    return milliseconds(duration, '');
  } catch {
    return undefined; // its error would offer 'forever'
  }
}

function flag(value: unknown, option: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new CacheConfigError(`${option}: ${describe(value)}. Allowed: true or false.`);
}

function limit(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw new CacheConfigError(`maxConnections: ${describe(value)}. Allowed: a whole number from 1.`);
}
