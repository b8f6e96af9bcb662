import type { Backend, Bus } from '@keepsake/core';
import { checkChannel, LENGTH } from '../bus/options.js';
import { RedisBus } from '../bus/redis-bus.js';
import { RedisLink } from '../connection/link.js';
import {
  type Beside,
  namedIn,
  type RedisOptions,
  type ResolvedRedisOptions,
  resolveRedisOptions,
} from '../connection/options.js';
import { canBeCopied, openOwnWire, openWire } from '../connection/wire.js';
import { RedisBackend } from './backend.js';

/**
 * Redis or Valkey as a tier: a single server, a sentinel group or a cluster.
 *
 * One string key per entry, named as the cache names it. The server's own expiry decides what is live. Nothing is
 * connected before the first call (a cache connects its bus at once); from then on a call is answered, or refused with a `CacheConnectionError` or
 * `CacheTimeoutError`, within `commandTimeout`. A value that is not an entry (foreign, truncated) is a miss, and the
 * next `set` repairs it.
 *
 * `clear()` without a prefix removes what bears our mark; counters are bare integers, do not, and stay.
 *
 * @param where - a URL, or how to reach the server and how long to wait for it
 * @param more - beside a URL, the other options
 * @throws CacheConfigError if an option is wrong or unknown, or two locations are given
 * @example
 * ```ts
 * import { redis } from '@keepsake/keyv';
 * const single = redis('redis://localhost:6379', { commandTimeout: '200ms' });
 * const cluster = redis({ cluster: { rootNodes: [{ url: 'redis://10.0.0.1:6379' }] }, commandTimeout: '200ms' });
 * ```
 */
export function redis(where: string, more?: Beside<RedisOptions>): Backend;
export function redis(where: string | RedisOptions): Backend;
export function redis(where: string | RedisOptions, more?: Beside<RedisOptions>): Backend {
  const resolved = resolveRedisOptions(where, more);
  const { name, codec, target, spread, maxConnections, ...settings } = resolved;
  const link = new RedisLink({
    ...settings,
    tier: name,
    open: (wire) => openWire(target, { ...wire, maxConnections }),
  });
  const bus = canBeCopied(target) ? busOver(link, resolved) : undefined;
  return new RedisBackend({ name, link, codec, clock: settings.clock, spread, bus });
}

/** Opens buses that send what is published by the connection of the backend, behind its own commands. */
function busOver(link: RedisLink, options: ResolvedRedisOptions): (channel: string) => Bus {
  const { name, target, maxConnections } = options;
  return (channel) => {
    namedIn(`${name}.bus()`, () => checkChannel(channel));
    return new RedisBus({
      ...options,
      name: `${name} bus`,
      channel,
      length: LENGTH,
      link,
      open: (wire) => openOwnWire(target, { ...wire, maxConnections }),
    });
  };
}
