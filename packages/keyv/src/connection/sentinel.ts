import type { RedisClientOptions } from '@keyv/redis';
import { replyKind } from './errors.js';
import type { RedisSentinelOptions } from './options.js';
import {
  type Address,
  isSameAddress,
  mapped,
  masterNamed,
  newestView,
  openSentinel,
} from './sentinel-view.js';
import type { Wire, WireSettings } from './wire.js';

/** Opens the wire to the server that is the master. */
type OpenMaster = (options: RedisClientOptions, settings: WireSettings) => Wire;

/** What sentinels publish when a replica has been promoted: group, old host, old port, new host, new port. */
const SWITCHED = '+switch-master';

/**
 * The master of a sentinel group: found when the wire connects, let go as soon as the sentinels name another one.
 *
 * BAD: `createSentinel` of node-redis: its sockets and timers keep the process alive, it writes errors to the console,
 * and without an end it looks for a master while commands wait. GOOD: a plain connection to the server that the
 * sentinels name, and one to a sentinel that tells of the next failover: a master that was only frozen takes itself for
 * one until somebody corrects it.
 */
export class SentinelWire implements Wire {
  readonly #options: RedisSentinelOptions;
  readonly #settings: WireSettings;
  readonly #openMaster: OpenMaster;
  readonly #asking = new AbortController();
  readonly #watching = new AbortController();
  #master: Wire | undefined;
  #unwatched: { readonly cause: unknown } | undefined;

  constructor(options: RedisSentinelOptions, settings: WireSettings, openMaster: OpenMaster) {
    this.#options = options;
    this.#settings = settings;
    this.#openMaster = openMaster;
  }

  /** Where only the sentinel is lost, the master serves on until another sentinel is found. */
  get partial(): boolean {
    return this.#unwatched !== undefined;
  }

  async connect(): Promise<void> {
    const silence = this.#settings.connectTimeout / 2;
    const how = { connectTimeout: silence, socketTimeout: silence, signal: this.#asking.signal };
    const { sentinel, master, client } = await newestView(this.#options, how);
    await Promise.all([this.#watch(sentinel, master), this.#reach(master)]);
    // A failover between the question and the subscription was told to nobody.
    if (!isSameAddress(await masterNamed(client, this.#options.name), master))
      throw new Error('The sentinels name another master by now');
    this.#asking.abort();
    if (this.#unwatched) throw this.#unwatched.cause;
  }

  send(...[key, command]: Parameters<Wire['send']>): Promise<unknown> {
    return this.#connected().then((master) => master.send(key, command));
  }

  shards(): ReturnType<Wire['shards']> {
    return this.#connected().then((master) => master.shards());
  }

  destroy(): void {
    this.#asking.abort();
    this.#watching.abort();
    this.#master?.destroy();
  }

  #connected(): Promise<Wire> {
    return this.#master ? Promise.resolve(this.#master) : Promise.reject(new Error('No master is connected'));
  }

  async #watch(sentinel: Address, master: Address): Promise<void> {
    const { connectTimeout } = this.#settings;
    const how = { connectTimeout, signal: this.#watching.signal };
    const client = await openSentinel(sentinel, this.#options, how);
    client.on('error', (cause) => this.#lostSentinel(cause));
    await client.subscribe(SWITCHED, (message) => {
      const [name, , , host, port] = message.split(' ');
      const named = { host: String(host), port: Number(port) };
      if (name === this.#options.name && !isSameAddress(named, master)) {
        this.#lostMaster(new Error(`The sentinels have promoted ${host}:${port}`));
      }
    });
  }

  async #reach(address: Address): Promise<void> {
    const { nodeClientOptions, RESP } = this.#options;
    const socket = { ...nodeClientOptions?.socket, ...mapped(address, this.#options) };
    const options = { ...(RESP === undefined ? {} : { RESP }), ...nodeClientOptions, socket };
    const trouble = (cause: unknown): void => this.#lostMaster(cause);
    this.#watching.signal.throwIfAborted();
    this.#master = this.#openMaster(options, { ...this.#settings, trouble });
    await this.#master.connect();
    await assertMaster(this.#master, address);
  }

  #lostMaster(cause: unknown): void {
    this.#unwatched = undefined;
    // A frozen one may still be connecting: nobody waits for it any longer.
    this.#master?.destroy();
    this.#settings.trouble(cause);
  }

  #lostSentinel(cause: unknown): void {
    this.#unwatched = { cause };
    this.#settings.trouble(cause);
  }
}

/** A replica answers reads with what was deleted, so it must not be taken for the master that it was. */
async function assertMaster(server: Wire, { host, port }: Address): Promise<void> {
  const role = await server.send(undefined, ['ROLE']).then(
    (reply) => String((reply as readonly unknown[])[0]),
    (error: unknown) => {
      // Not every user may ask. The sentinels have said what it is.
      if (replyKind(error) === 'NOPERM') return 'master';
      throw error;
    },
  );
  if (role !== 'master') throw new Error(`${host}:${port} is named as the master and is a ${role}`);
}
