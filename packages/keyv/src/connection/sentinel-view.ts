import { createClient, type RedisClientOptions } from '@keyv/redis';
import type { RedisSentinelOptions } from './options.js';

/** A server, as sentinels name it. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What we use of node-redis on a connection to a sentinel. */
export interface SentinelClient {
  unref(): void;
  connect(): Promise<unknown>;
  on(event: 'error', listener: (cause: unknown) => void): unknown;
  sendCommand(command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/** What one sentinel says of its group. */
export interface View {
  readonly sentinel: Address;
  readonly master: Address;
  /** Counts the failovers: of two views the one that knows of more is newer. */
  readonly epoch: number;
  /** The connection it came by. */
  readonly client: SentinelClient;
}

/** How to connect to a sentinel. */
export interface SentinelConnection {
  /** ms for the socket alone. */
  readonly connectTimeout: number;
  /** ms without an answer after which the connection is given up. @default never */
  readonly socketTimeout?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * The newest view of the group. More than half of the sentinels are heard: a single one may have slept through the last
 * failover. Where fewer can be reached, those decide.
 */
export async function newestView(options: RedisSentinelOptions, how: SentinelConnection): Promise<View> {
  const { sentinelRootNodes, name } = options;
  const views = await majority(sentinelRootNodes.map((sentinel) => viewOf(sentinel, options, how)));
  const [newest] = [...views].sort((a, b) => b.epoch - a.epoch);
  if (newest) return newest;
  throw new Error(`None of the ${sentinelRootNodes.length} sentinels knows a master of '${name}'`);
}

/** Connects to a sentinel. The client keeps no process alive. */
export async function openSentinel(
  sentinel: Address,
  options: RedisSentinelOptions,
  how: SentinelConnection,
): Promise<SentinelClient> {
  const { sentinelClientOptions } = options;
  const { host, port } = mapped(sentinel, options);
  const socket = { ...sentinelClientOptions?.socket, host, port, reconnectStrategy: false, ...how };
  const made = createClient({ ...sentinelClientOptions, RESP: 2, socket } as RedisClientOptions);
  const client = made as unknown as SentinelClient;
  client.unref();
  // An unheard `error` event ends the process. Who waits for an answer is told by a rejection.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The master that the sentinel behind `client` names. */
export async function masterNamed(client: SentinelClient, name: string): Promise<Address> {
  const named = (await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name])) as
    | readonly [host: string, port: string]
    | null;
  if (!named) throw new Error(`The sentinel knows no group '${name}'`);
  return { host: named[0], port: Number(named[1]) };
}

/** Where we reach `address`, which may be one of another network. */
export function mapped({ host, port }: Address, { nodeAddressMap }: RedisSentinelOptions): Address {
  const address = `${host}:${port}`;
  const found = typeof nodeAddressMap === 'function' ? nodeAddressMap(address) : nodeAddressMap?.[address];
  return found ?? { host, port };
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}

async function viewOf(
  sentinel: Address,
  options: RedisSentinelOptions,
  how: SentinelConnection,
): Promise<View> {
  const client = await openSentinel(sentinel, options, how);
  const [master, epoch] = await Promise.all([
    masterNamed(client, options.name),
    epochOf(client, options.name),
  ]);
  return { sentinel, master, epoch, client };
}

async function epochOf(client: SentinelClient, name: string): Promise<number> {
  const fields = (await client.sendCommand(['SENTINEL', 'MASTER', name])) as readonly string[];
  return Number(fields[fields.indexOf('config-epoch') + 1]);
}

/** What more than half of `works` give; where fewer do, what they give when all are settled. Rejects if none does. */
function majority<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    const given: T[] = [];
    let open = works.length;
    const settled = (failure?: { readonly cause: unknown }): void => {
      open--;
      if (given.length > works.length / 2 || (open === 0 && given.length > 0)) resolve(given);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it is, unchanged
      else if (open === 0) reject(failure?.cause);
    };
    for (const work of works) {
      work.then(
        (value) => {
          given.push(value);
          settled();
        },
        (cause: unknown) => settled({ cause }),
      );
    }
  });
}
