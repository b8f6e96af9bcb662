import type { RedisClusterOptions } from '@keyv/redis';

type RootNodes = RedisClusterOptions['rootNodes'];

/** A cluster as node-redis has discovered it. */
interface Discovered {
  readonly masters: readonly { readonly host: string; readonly port: number }[];
}

const discovered = new WeakMap<RedisClusterOptions, Discovered>();

/** Remembers `cluster`, so that the next connection finds it even if none of the nodes that were named is left. */
export function rememberRoots(options: RedisClusterOptions, cluster: Discovered): void {
  discovered.set(options, cluster);
}

/** The nodes to discover a cluster through: those that were named, and its masters as far as they are known. */
export function rootsOf(options: RedisClusterOptions): RootNodes {
  const masters = discovered.get(options)?.masters ?? [];
  const known = masters.map(({ host, port }) => ({ socket: mapped(host, port, options) }));
  return [...options.rootNodes, ...known];
}

function mapped(host: string, port: number, { nodeAddressMap }: RedisClusterOptions): object {
  const address = `${host}:${port}`;
  const found = typeof nodeAddressMap === 'function' ? nodeAddressMap(address) : nodeAddressMap?.[address];
  return found ?? { host, port };
}
