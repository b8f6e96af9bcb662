// Any Keyv store as a tier.
export { type KeyvOptions, keyv } from './keyv.js';

// Redis and Valkey: a single server, a sentinel group, a cluster.
export { redis } from './redis.js';
export type { RedisClient, RedisLocation, RedisOptions, RedisSentinelOptions } from './redis-options.js';

// Invalidations between processes, over the same servers.
export { redisBus } from './redis-bus.js';
export type { RedisBusOptions } from './redis-bus-options.js';
