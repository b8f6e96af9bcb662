import { CacheTimeoutError, type Clock } from '@keepsake/core';
import { commandError } from '../connection/errors.js';
import type { Command, Wire } from '../connection/wire.js';
import type { WireKey } from '../connection/wire-key.js';

/** What a reading connection is about. */
export interface BusConnectionSettings {
  /** Names the bus in errors. */
  readonly name: string;
  /** The server, without credentials. */
  readonly where: string;
  /** The stream. */
  readonly wireKey: WireKey;
  readonly clock: Clock;
}

/** What the server shows for the connection in CLIENT LIST. */
const NAME = 'keepsake-bus';

/** One connection that a bus reads by. Unlike a `RedisLink` it keeps no process alive, whatever is pending on it. */
export class BusConnection {
  readonly #settings: BusConnectionSettings;
  readonly #wire: Wire;

  constructor(settings: BusConnectionSettings, wire: Wire) {
    this.#settings = settings;
    this.#wire = wire;
  }

  /** Connects within `limit` ms. */
  async open(limit: number): Promise<void> {
    await this.#within(limit, 'CONNECT', async () => {
      await this.#wire.connect();
      const naming = this.#wire.send(this.#settings.wireKey, ['CLIENT', 'SETNAME', NAME]);
      // A server that refuses is no failure.
      await naming.catch(() => undefined);
    });
  }

  /** Sends the commands in one go. Their answers, all within `limit` ms. */
  ask(limit: number, ...commands: readonly Command[]): Promise<readonly unknown[]> {
    const { wireKey } = this.#settings;
    return this.#within(limit, String(commands.at(-1)?.[0]), () =>
      Promise.all(commands.map((command) => this.#wire.send(wireKey, command))),
    );
  }

  destroy(): void {
    this.#wire.destroy();
  }

  async #within<T>(limit: number, command: string, work: () => Promise<T>): Promise<T> {
    const { name, where, clock } = this.#settings;
    const late = (): Error =>
      new CacheTimeoutError(`${name}: no answer to ${command} from ${where} within ${limit} ms.`, {
        tier: name,
      });
    try {
      return await unlessLate(work(), limit, clock, late);
    } catch (cause) {
      throw commandError(cause, { tier: name, where, command });
    }
  }
}

/** Settles as `work` does, or rejects after `limit` ms. Time in which the process was too busy to listen does not count, up to another `limit`. */
function unlessLate<T>(work: Promise<T>, limit: number, clock: Clock, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const dueAt = clock.now() + limit;
    let timer = clock.after(limit, () => {
      // An overdue timer runs before what has arrived is looked at.
      const busy = Math.min(Math.max(0, clock.now() - dueAt), limit);
      timer = clock.after(busy, () => reject(late()));
    });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
