import { type Server, startRedis } from '../../test-support/redis-server.js';
import type { Assignment } from './messages.js';
import type { Protection } from './protections.js';
import { pause, sharedClock } from './shared-clock.js';
import { Worker } from './worker.js';

/** How many processes there are and what they do. */
export interface FleetOptions {
  readonly seed: number;
  readonly processes: number;
  /** Clients of a process that read; a third as many write. */
  readonly clients: number;
  readonly keys: number;
  readonly without?: Protection | undefined;
}

/** How often the clocks of two processes are compared. */
const COMPARISONS = 5;

/** Processes over one Redis for the cache and another one for the truth. */
export class Fleet {
  readonly workers: readonly Worker[];
  readonly now: () => number;
  /** The longest that a process took to tell the time, in ms: no more can the clocks differ. */
  clockUncertainty = 0;
  readonly truthPort: number;
  readonly #truth: Server;
  #cache: Server;

  /** Starts servers and processes, and compares their clocks. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const [cache, truth] = await Promise.all([startRedis(), startRedis()]);
    const fleet = new Fleet(cache, truth, options);
    try {
      await fleet.#compareClocks();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  private constructor(cache: Server, truth: Server, options: FleetOptions) {
    this.#cache = cache;
    this.#truth = truth;
    this.truthPort = truth.port;
    const origin = process.hrtime.bigint();
    this.now = sharedClock(origin);
    this.workers = Array.from(
      { length: options.processes },
      (_, index) => new Worker(this.#assignment(index, origin, options)),
    );
  }

  /** The server of the cache: another one after every `restart`. */
  get cache(): Server {
    return this.#cache;
  }

  /** Kills the server of the cache as a crash does and starts an empty one on its port. */
  async restart(): Promise<void> {
    const { port } = this.#cache;
    await this.#cache.kill();
    this.#cache = await startRedis({ port });
  }

  /** Waits until no process owes its shared tier anything, `within` ms; whether that came true. */
  async isCalm(within: number): Promise<boolean> {
    const latest = this.now() + within;
    for (;;) {
      const owed = await Promise.all(this.workers.map((worker) => worker.ask('owed')));
      if (owed.every((count) => count === 0)) return true;
      if (this.now() > latest) return false;
      await pause(20);
    }
  }

  /** Ends everything, whatever it does. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all([this.#cache.stop(), this.#truth.stop()]);
  }

  #assignment(index: number, origin: bigint, options: FleetOptions): Assignment {
    const { seed, processes, clients, keys, without } = options;
    // The last one only reads: it is the one that may be frozen, and what it acknowledged is nobody else's to keep.
    const writingProcesses = Math.max(1, processes - 1);
    return {
      process: index,
      seed,
      origin: String(origin),
      cachePort: this.#cache.port,
      truthPort: this.#truth.port,
      readers: clients,
      writers: index < writingProcesses ? Math.ceil(clients / 3) : 0,
      writingProcesses,
      keys,
      ...(without ? { without } : {}),
    };
  }

  /** @throws Error if a process tells a time outside of the question and its answer */
  async #compareClocks(): Promise<void> {
    for (const worker of this.workers) {
      let shortest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < COMPARISONS; i++) {
        const asked = this.now();
        const told = await worker.ask('time');
        const answered = this.now();
        if (told < asked || told > answered) {
          throw new Error(`The clock of ${worker.pid} is another one: ${asked}, ${told}, ${answered}.`);
        }
        shortest = Math.min(shortest, answered - asked);
      }
      this.clockUncertainty = Math.max(this.clockUncertainty, shortest);
    }
  }
}
