import { createCluster, default as KeyvRedis } from '@keyv/redis';
import { Cluster, type RedisOptions } from 'ioredis';
import type { Place } from './subject.js';

/** A URL as the options that ioredis takes. */
export function connectionOf(url: string): RedisOptions {
  const { hostname, port, password } = new URL(url);
  return { host: hostname, port: Number(port), ...(password ? { password } : {}) };
}

export function clusterOf(urls: readonly string[]): Cluster {
  return new Cluster(urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })));
}

/** The Redis store of Keyv, as its README makes it. */
export function keyvStoreOf({ url, cluster }: Place): KeyvRedis<unknown> {
  if (!cluster) return new KeyvRedis(url);
  const nodes = createCluster({ rootNodes: cluster.map((node) => ({ url: node })) });
  // As its README does it; its types want the modules of a client that has more of them.
  return new KeyvRedis(nodes as unknown as ConstructorParameters<typeof KeyvRedis>[0]);
}
