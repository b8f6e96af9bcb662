import { CacheConfigError, type Clock, type Duration, describe } from '@keepsake/core';
import {
  type Beside,
  inOne,
  LOCATIONS,
  namedIn,
  type RedisLocation,
  type ResolvedRedisOptions,
  refuseUnknown,
  resolved,
} from '../connection/options.js';
import { canBeCopied } from '../connection/wire.js';

/** How to reach the Redis that carries the messages, and what it keeps of them. */
export interface RedisBusOptions extends RedisLocation {
  /** Those who name the same channel hear each other. @default 'keepsake' */
  readonly channel?: string;
  /**
   * How many messages the server keeps, at least, for those who were cut off. Who missed more drops what is in front.
   *
   * @default 10_000
   */
  readonly length?: number;
  /** Names the bus in events and errors. @default 'redis bus' */
  readonly name?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** How long connecting may take, with authentication. Once it is known how long it takes, reading waits less. @default '2s' */
  readonly connectTimeout?: Duration;
  /** How long a message may take to be acknowledged before it is sent again. @default '1s' */
  readonly commandTimeout?: Duration;
  /** How long the connection that messages are sent by may be silent before it is made anew. @default `commandTimeout` */
  readonly socketTimeout?: Duration;
  /** The most connections to hold for sending, and as many for reading; see `redis()`. @default no limit */
  readonly maxConnections?: number;
}

/** Checked options. */
export interface ResolvedBusOptions {
  readonly channel: string;
  readonly length: number;
  readonly server: ResolvedRedisOptions;
}

/** How many messages a stream keeps unless told. */
export const LENGTH = 10_000;

const OPTIONS: readonly string[] = [
  ...LOCATIONS,
  'channel',
  'length',
  'name',
  'clock',
  'connectTimeout',
  'commandTimeout',
  'socketTimeout',
  'maxConnections',
];

/**
 * Checks what was given and fills in the defaults.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed; never with a URL in it
 */
export function resolveBusOptions(
  where: string | RedisBusOptions,
  more?: Beside<RedisBusOptions>,
): ResolvedBusOptions {
  return namedIn('redisBus()', () => {
    const given = inOne<RedisBusOptions>(where, more);
    refuseUnknown(given, OPTIONS);
    const { channel = 'keepsake', length = LENGTH, ...server } = given;
    checkChannel(channel);
    checkLength(length);
    const checked = resolved({ ...server, name: server.name ?? 'redis bus' });
    if (canBeCopied(checked.target)) return { channel, length, server: checked };
    throw new CacheConfigError(
      'client cannot be opened a second time, which reading needs. Allowed: a client of createClient or ' +
        'createCluster; for a sentinel group give `sentinel` with its options.',
    );
  });
}

/** @throws CacheConfigError unless it can name a channel */
export function checkChannel(channel: unknown): void {
  if (typeof channel === 'string' && channel !== '') return;
  throw new CacheConfigError(`channel: ${describe(channel)}. Allowed: a text that is not empty.`);
}

function checkLength(length: unknown): void {
  if (Number.isSafeInteger(length) && (length as number) >= 1) return;
  throw new CacheConfigError(`length: ${describe(length)}. Allowed: a whole number from 1.`);
}
