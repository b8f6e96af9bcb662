import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import {
  type Cluster,
  eventually,
  type Server,
  startCluster,
  startRedis,
} from '../../test-support/redis-server.js';
import { SlowWire } from './slow-wire.js';
import { type Outcome, SubjectProcess } from './subject-process.js';
import type { SubjectName } from './subjects/names.js';
import type { Place } from './subjects/subject.js';

/** What a fault is made with: servers, processes that hold the cache in question, wires between them. */
export class Stage {
  readonly subject: SubjectName;
  readonly #ends: (() => unknown)[] = [];

  constructor(subject: SubjectName) {
    this.subject = subject;
  }

  /** A server of its own, on `port` or on a free one. */
  async server(args: readonly string[] = [], port?: number): Promise<Server> {
    const server = await startRedis({ args: [...args], ...(port === undefined ? {} : { port }) });
    this.#ends.push(() => server.stop());
    return server;
  }

  async cluster(): Promise<Cluster> {
    const cluster = await startCluster();
    this.#ends.push(() => cluster.stop());
    return cluster;
  }

  /** The cache in a new process. */
  async open(place: Place, shifted?: number): Promise<SubjectProcess> {
    const { subject } = this;
    const { url, cluster = [], tagged = false } = place;
    const given: Place = { url, tagged, ...(cluster.length > 0 ? { cluster } : {}) };
    const opened = await SubjectProcess.start({ subject, place: given, ...(shifted ? { shifted } : {}) });
    this.#ends.push(() => opened.kill());
    return opened;
  }

  /** Somebody else's connection, to look at the server and to set it up. */
  admin(url: string): Redis {
    const client = new Redis(url, { maxRetriesPerRequest: 1, enableReadyCheck: false });
    client.on('error', () => {});
    this.#ends.push(() => client.disconnect());
    return client;
  }

  async wire(server: Server, delay = 0): Promise<SlowWire> {
    const wire = await SlowWire.before(server.port, delay);
    this.#ends.push(() => wire.close());
    return wire;
  }

  /** Calls the cache with ever new keys until one of them has arrived at the server. How long that took, in ms. */
  async untilUsed(cache: SubjectProcess, admin: Redis, within = 15_000): Promise<number | undefined> {
    let n = 0;
    try {
      return await eventually(async () => {
        await cache.ask({ do: 'load', key: `tried:${n++}`, value: 'x' });
        await pause(20);
        return (await keysAbout(admin, 'tried:')).length > 0;
      }, within);
    } catch {
      return undefined;
    }
  }

  /** Ends everything that was started, the last first. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}

/** The keys at the server whose names contain `name`, whatever each cache puts around it. */
export async function keysAbout(admin: Redis, name: string): Promise<Buffer[]> {
  try {
    return await admin.keysBuffer(`*${name}*`);
  } catch {
    return [];
  }
}

/** The only value that was given; nothing for none. */
export function givenBy(outcome: Outcome): unknown {
  return 'died' in outcome ? undefined : outcome.values[0];
}
