import { CacheConfigError } from '@keepsake/core';
import { createClient, createCluster, type RedisClientOptions, type RedisClusterOptions } from '@keyv/redis';
import { rememberRoots, rootsOf } from './cluster-roots.js';
import type { RedisClient, RedisTarget } from './options.js';
import { SentinelWire } from './sentinel.js';
import type { WireKey } from './wire-key.js';

/** A command and its arguments. */
export type Command = readonly (string | Buffer)[];

/** One connection to one server, or to all nodes of a cluster, over a client of node-redis. Used once: never reopened. */
export interface Wire {
  /** Whether it stays usable for the other nodes when one of them is in trouble. */
  readonly partial: boolean;
  connect(): Promise<unknown>;
  /** Sends a command about `key` to the server that has it. Blobs of the reply are buffers. */
  send(key: WireKey | undefined, command: Command): Promise<unknown>;
  /** All servers that hold keys: SCAN sees only its own. */
  shards(): Promise<readonly Shard[]>;
  /** Ends it at once. A client that was handed in stays open. */
  destroy(): void;
}

/** One of the servers behind a wire. */
interface Shard {
  send(command: Command): Promise<unknown>;
}

/** What a wire is opened with. */
export interface WireSettings {
  /** ms for the socket alone. */
  readonly connectTimeout: number;
  readonly maxConnections: number;
  /** Told of every error event. Listening is no choice: an unheard `error` event ends the process. */
  readonly trouble: (cause: unknown) => void;
}

/** 36 is `$`, a blob, in node-redis' type mapping; its strings would lose what is not UTF-8. */
const BUFFERS = { typeMapping: { 36: Buffer } };
/** Bounds what a server that has stopped reading can make this process hold. */
const QUEUE_LENGTH = 20_000;

/** What we use of node-redis. Its own types cost the compiler seconds where they are compared. */
interface NodeRedis extends RedisClient {
  readonly isReady?: boolean;
  sendCommand(...args: readonly unknown[]): Promise<unknown>;
  destroy(): unknown;
}
interface SingleClient extends NodeRedis {
  unref(): void;
}
interface ClusterClient extends NodeRedis {
  readonly masters: readonly ClusterNode[];
  readonly nodeByAddress: ReadonlyMap<string, ClusterNode>;
  nodeClient(node: ClusterNode): Promise<NodeRedis>;
}
interface ClusterNode {
  readonly host: string;
  readonly port: number;
  readonly client?: SingleClient;
}
/** What a client of the application has that can be opened a second time. */
interface Copied extends NodeRedis {
  readonly options: RedisClientOptions;
  readonly _options: RedisClusterOptions;
  duplicate(overrides: object): NodeRedis;
}

/** Prepares a connection to `target`. */
export function openWire(target: RedisTarget, settings: WireSettings): Wire {
  if ('client' in target) return clientWire(target.client as NodeRedis, settings);
  if ('cluster' in target) return clusterWire(target.cluster, settings);
  if ('sentinel' in target) return new SentinelWire(target.sentinel, settings, singleWire);
  return singleWire('url' in target ? { url: target.url } : target.server, settings);
}

/** Whether a connection of our own to `target` can be made. A sentinel of the application tells nobody where it leads. */
export function canBeCopied(target: RedisTarget): boolean {
  return !('client' in target) || 'duplicate' in target.client;
}

/** Prepares a connection to `target` that nobody else uses: instead of the application's client a copy of it. */
export function openOwnWire(target: RedisTarget, settings: WireSettings): Wire {
  if (!('client' in target)) return openWire(target, settings);
  const { socket, end } = socketOf(settings);
  const client = target.client as NodeRedis as Copied;
  if ('slots' in client) {
    const { defaults } = client._options;
    return ownCluster(client.duplicate(clusterCopy(defaults, socket)) as ClusterClient, settings, end);
  }
  const copy = client.duplicate({ ...own, ...single, socket: { ...client.options.socket, ...socket } });
  return ownSingle(copy as SingleClient, settings, end);
}

/** What a copy of the application's client does not take over. */
const single = { pingInterval: undefined, clientSideCache: undefined };

function clusterCopy(defaults: RedisClientOptions | undefined, socket: OwnSocket): object {
  return {
    clientSideCache: undefined,
    defaults: { ...own, ...defaults, ...single, socket: { ...defaults?.socket, ...socket } },
    minimizeConnections: true,
    useReplicas: false,
  };
}

function singleWire(options: RedisClientOptions, settings: WireSettings): Wire {
  const { socket, end } = socketOf(settings);
  const client = createClient({
    ...own,
    ...options,
    socket: { ...options.socket, ...socket },
  } as RedisClientOptions) as unknown as SingleClient;
  return ownSingle(client, settings, end);
}

function ownSingle(client: SingleClient, settings: WireSettings, end: () => void): Wire {
  client.unref();
  client.on('error', settings.trouble);
  return overClient(client, () => {
    end();
    // A closed client throws on destroy.
    if (client.isOpen) client.destroy();
  });
}

function clusterWire(options: RedisClusterOptions, settings: WireSettings): Wire {
  const { socket, end } = socketOf(settings);
  const client = createCluster({
    ...options,
    // node-redis writes into the options of its root nodes. The cluster is only discovered through them: a mute one is
    // given up while there is time to ask another.
    rootNodes: rootsOf(options).map((node) => ({
      ...node,
      socket: { ...node.socket, ...socket, socketTimeout: settings.connectTimeout / 2 },
    })),
    defaults: { ...own, ...options.defaults, socket: { ...options.defaults?.socket, ...socket } },
    // One dead node must not make the others unreachable; replicas answer with what was deleted on the master.
    minimizeConnections: true,
    useReplicas: false,
  } as RedisClusterOptions) as unknown as ClusterClient;
  client.on('connect', () => rememberRoots(options, client));
  return ownCluster(client, settings, end);
}

function ownCluster(client: ClusterClient, settings: WireSettings, end: () => void): Wire {
  client.on('error', settings.trouble);
  client.on('node-error', settings.trouble);
  client.on('node-connect', () => {
    for (const node of client.nodeByAddress.values()) node.client?.unref();
  });
  return overCluster(client, settings.maxConnections, () => {
    end();
    destroyCluster(client);
  });
}

/** A client of the application: it keeps its own way to reconnect, and stays open. */
function clientWire(client: NodeRedis, settings: WireSettings): Wire {
  const events = ['error', 'node-error', 'client-error'];
  for (const event of events) client.on(event, settings.trouble);
  const leave = (): void => {
    for (const event of events) client.off(event, settings.trouble);
  };
  if ('slots' in client)
    return overCluster(client as NodeRedis as ClusterClient, Number.POSITIVE_INFINITY, leave);
  if ('getSentinelNode' in client) return overSentinel(client, leave);
  return overClient(client, leave);
}

/** Reconnecting is the link's, in unref'd time: node-redis' own timers keep a process alive while a server is gone. */
const own = {
  disableOfflineQueue: true,
  commandsQueueMaxLength: QUEUE_LENGTH,
};

/**
 * What every socket of a wire is made with, and the end of them all: node-redis loses sight of a socket that is still
 * connecting when its client is destroyed, and of those it discovers a cluster through.
 */
function socketOf({ connectTimeout }: WireSettings): { socket: OwnSocket; end: () => void } {
  const ending = new AbortController();
  return {
    socket: { connectTimeout, reconnectStrategy: false, signal: ending.signal },
    end: () => ending.abort(),
  };
}

interface OwnSocket {
  readonly connectTimeout: number;
  readonly reconnectStrategy: false;
  readonly signal: AbortSignal;
}

function overClient(client: NodeRedis, destroy: () => void): Wire {
  const send = (command: Command): Promise<unknown> =>
    whenReady(client, () => client.sendCommand(command, BUFFERS));
  return {
    partial: false,
    connect: () => connectOnce(client),
    send: (_key, command) => send(command),
    shards: () => Promise.resolve([{ send }]),
    destroy,
  };
}

function overSentinel(client: NodeRedis, destroy: () => void): Wire {
  const send = (command: Command): Promise<unknown> =>
    whenReady(client, () => client.sendCommand(false, command, BUFFERS));
  return {
    partial: false,
    connect: () => connectOnce(client),
    send: (_key, command) => send(command),
    shards: () => Promise.resolve([{ send }]),
    destroy,
  };
}

function overCluster(client: ClusterClient, maxConnections: number, destroy: () => void): Wire {
  return {
    partial: true,
    async connect() {
      await connectOnce(client);
      if (client.masters.length > maxConnections) throw tooMany(client.masters.length, maxConnections);
    },
    send: (key, command) => client.sendCommand(key, false, command, BUFFERS),
    shards: () =>
      Promise.all(
        client.masters.map(async (master) => {
          const node = await client.nodeClient(master);
          return { send: (command) => node.sendCommand(command, BUFFERS) };
        }),
      ),
    destroy,
  };
}

function tooMany(masters: number, maxConnections: number): CacheConfigError {
  return new CacheConfigError(
    `redis(): maxConnections: ${maxConnections}. The cluster has ${masters} masters and needs a connection to each. ` +
      `Allowed: at least ${masters}.`,
  );
}

function connectOnce(client: NodeRedis): Promise<unknown> {
  return client.isOpen ? Promise.resolve() : client.connect();
}

/** A client of the application may have an offline queue; a cache does not wait in it. */
function whenReady(client: NodeRedis, send: () => Promise<unknown>): Promise<unknown> {
  if (client.isReady === false) return Promise.reject(new Error('The client is not connected'));
  return send();
}

function destroyCluster(client: ClusterClient): void {
  // BAD: client.destroy() alone: it throws at the first node that is already closed and leaves the others open.
  for (const node of client.nodeByAddress.values()) {
    if (node.client?.isOpen) node.client.destroy();
  }
  try {
    client.destroy();
  } catch {
    // Every node is closed by now.
  }
}
