import { CacheConfigError, describe } from '@keepsake/core';
import type { RedisClientOptions, RedisClusterOptions } from '@keyv/redis';
import type { RedisClient, RedisLocation, RedisSentinelOptions } from './options.js';

/**
 * Checks what says where a server is, and how it is reached.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed; never with a URL in it
 */
export function checkLocation(kind: keyof RedisLocation, value: unknown): void {
  CHECKS[kind](value);
}

/** Every option of node-redis' `createClient`. */
const CLIENT_OPTIONS: Readonly<Record<keyof RedisClientOptions, true>> = {
  url: true,
  socket: true,
  username: true,
  password: true,
  credentialsProvider: true,
  name: true,
  database: true,
  commandsQueueMaxLength: true,
  disableOfflineQueue: true,
  readonly: true,
  pingInterval: true,
  commandOptions: true,
  clientSideCache: true,
  disableClientInfo: true,
  clientInfoTag: true,
  emitInvalidate: true,
  maintNotifications: true,
  maintEndpointType: true,
  maintRelaxedCommandTimeout: true,
  maintRelaxedSocketTimeout: true,
  modules: true,
  functions: true,
  scripts: true,
  RESP: true,
  unstableResp3: true,
};

const CHECKS: Readonly<Record<keyof RedisLocation, (value: unknown) => void>> = {
  url: checkUrl,
  server: (value) => {
    checkOwned(value, 'server');
    const { url } = value as { url?: unknown };
    if (url !== undefined) checkUrl(url, 'server.url');
  },
  cluster(value) {
    const { rootNodes, defaults } = objectOf(value, 'cluster') as Partial<RedisClusterOptions>;
    if (!Array.isArray(rootNodes) || rootNodes.length === 0) {
      throw new CacheConfigError('cluster.rootNodes must list at least one node ({ url } or { socket }).');
    }
    rootNodes.forEach((node: { url?: unknown }, at) => {
      checkOwned(node, `cluster.rootNodes[${at}]`);
      if (node.url !== undefined) checkUrl(node.url, `cluster.rootNodes[${at}].url`);
    });
    if (defaults !== undefined) checkOwned(defaults, 'cluster.defaults');
    refuse(value, 'cluster', { useReplicas: 'a replica still has what was deleted on its master' });
  },
  sentinel(value) {
    const given = objectOf(value, 'sentinel') as Partial<RedisSentinelOptions>;
    if (typeof given.name !== 'string' || !given.sentinelRootNodes?.length) {
      throw new CacheConfigError(
        'sentinel needs the name of its group and sentinelRootNodes: [{ host, port }].',
      );
    }
    for (const [at, node] of given.sentinelRootNodes.entries()) {
      checkNode(node, `sentinel.sentinelRootNodes[${at}]`);
    }
    if (given.nodeClientOptions) checkOwned(given.nodeClientOptions, 'sentinel.nodeClientOptions');
    if (given.sentinelClientOptions) {
      checkOwned(given.sentinelClientOptions, 'sentinel.sentinelClientOptions');
    }
    refuse(value, 'sentinel', {
      replicaPoolSize: 'a replica still has what was deleted on its master',
      masterPoolSize: 'one connection carries all commands',
      scanInterval: 'the sentinels tell of a new master by themselves',
      maxCommandRediscovers: 'a command that fails is not repeated',
      clientSideCache: 'the front tier is one',
    });
  },
  client(value) {
    const given = objectOf(value, 'client') as Partial<RedisClient> & { sendCommand?: unknown };
    if (typeof given.sendCommand === 'function' && typeof given.connect === 'function') return;
    throw new CacheConfigError('client must be a client, cluster or sentinel of node-redis 5.');
  },
};

function checkNode(value: unknown, path: string): void {
  const { host, port } = objectOf(value, path) as { host?: unknown; port?: unknown };
  if (typeof host !== 'string' || host === '') {
    throw new CacheConfigError(`${path}.host: ${describe(host)} was given. Allowed: the name of a host.`);
  }
  checkPort(port, path);
}

function checkPort(port: unknown, path: string): void {
  if (Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535) return;
  throw new CacheConfigError(
    `${path}.port: ${describe(port)} was given. Allowed: a whole number from 1 to 65535.`,
  );
}

/** What node-redis would ignore, or what would contradict options of ours, is refused. */
function checkOwned(value: unknown, path: string): void {
  const unknown = Object.keys(objectOf(value, path)).find((option) => !Object.hasOwn(CLIENT_OPTIONS, option));
  if (unknown !== undefined) {
    throw new CacheConfigError(
      `${path}: ${describe(unknown)} is no option of node-redis. Allowed: ${Object.keys(CLIENT_OPTIONS).join(', ')}.`,
    );
  }
  refuse(value, path, {
    disableOfflineQueue: 'a cache never waits in a queue',
    pingInterval: 'use healthCheckInterval',
  });
  const { socket } = value as { socket?: unknown };
  if (socket === undefined) return;
  const { port } = objectOf(socket, `${path}.socket`) as { port?: unknown };
  if (port !== undefined) checkPort(port, `${path}.socket`);
  refuse(socket, `${path}.socket`, {
    reconnectStrategy: 'the tier reconnects by itself',
    connectTimeout: 'use connectTimeout of redis()',
    socketTimeout: 'use socketTimeout of redis()',
  });
}

function refuse(value: unknown, path: string, reasons: Readonly<Record<string, string>>): void {
  for (const [option, reason] of Object.entries(reasons)) {
    const given = (value as Record<string, unknown>)[option];
    // node-redis itself writes `reconnectStrategy: false` into the options of root nodes it was given.
    if (given === undefined || given === false) continue;
    throw new CacheConfigError(`${path}.${option} cannot be set: ${reason}.`);
  }
}

function checkUrl(url: unknown, path = 'url'): void {
  // Neither the URL nor the parser's error may be shown: both hold the password.
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  const sound = parsed && /^rediss?:$/.test(parsed.protocol) && /^(\/\d*)?$/.test(parsed.pathname);
  if (sound && parsed.hostname !== '') return;
  throw new CacheConfigError(
    `${path} is not a URL of a Redis. Allowed: 'redis[s]://[[user]:password@]host[:port][/database]'. ` +
      'It is not shown here, since it may hold a password.',
  );
}

function objectOf(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new CacheConfigError(`${path} must be an object; given: ${typeof value}.`);
}
