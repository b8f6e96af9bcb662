// Any Keyv store as a tier.
export { type KeyvOptions, keyv } from './keyv/keyv.js';

// Redis and Valkey: a single server, a sentinel group, a cluster.
export { redis } from './redis/redis.js';
export type {
  Beside,
  RedisClient,
  RedisLocation,
  RedisOptions,
  RedisSentinelOptions,
} from './connection/options.js';

// Invalidations between processes, over the same servers.
export { redisBus } from './bus/redis-bus.js';
export type { RedisBusOptions } from './bus/options.js';
