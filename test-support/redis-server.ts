// For tests that need a server of their own: to freeze, to kill, to start again on the same port.
import {
  type Cluster,
  type ClusterShape,
  resolveRedisBinary,
  type SentinelGroup,
  type Server,
  startRedis as start,
  startSentinel as startGroup,
  startCluster as startNodes,
} from './redis-global-setup.js';

export type { Cluster, SentinelGroup, Server } from './redis-global-setup.js';

/** Starts a redis-server of the same binary as the suite's, on a free port unless one is given. */
export function startRedis(options: { port?: number; args?: string[] } = {}): Promise<Server> {
  return start(resolveRedisBinary(), options.args, options.port);
}

/** Starts a cluster of three masters of its own, with a replica each where `shape` says so. */
export function startCluster(shape?: ClusterShape): Promise<Cluster> {
  return startNodes(resolveRedisBinary(), 3, shape);
}

/** Starts a master, two replicas and three sentinels of its own; a silent master is replaced within about two seconds. */
export function startSentinel(): Promise<SentinelGroup> {
  return startGroup(resolveRedisBinary());
}

/** Calls `probe` until it gives true; fails after `within` ms. How long it took, in ms. */
export async function eventually(probe: () => boolean | Promise<boolean>, within: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await probe()) return performance.now() - start;
    if (performance.now() - start > within) throw new Error(`did not become true within ${within} ms`);
    await new Promise((again) => setTimeout(again, 10));
  }
}
