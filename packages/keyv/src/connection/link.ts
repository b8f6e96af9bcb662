import {
  CacheClosedError,
  CacheConnectionError,
  type CacheError,
  CacheTimeoutError,
  type Clock,
  type Timer,
} from '@keepsake/core';
import { Deadlines } from './deadlines.js';
import { type CommandSubject, commandError, messageOf, replyKind } from './errors.js';
import { reconnectDelay } from './reconnect-delay.js';
import type { Command, Wire, WireSettings } from './wire.js';
import type { WireKey } from './wire-key.js';

/** A command, with what is needed to report and to repeat it. */
export interface Request {
  readonly command: Command;
  /** What routes it in a cluster. */
  readonly wireKey?: WireKey;
  /** What names it in an error. */
  readonly key?: string;
  /** Sending it twice is as good as once, and gives the same answer. */
  readonly repeatable?: true;
}

/** One of the servers, for what has to be asked of each. */
export interface LinkShard {
  send(request: Request): Promise<unknown>;
}

/** How a link behaves. All lengths in ms. */
export interface LinkSettings {
  readonly tier: string;
  /** The server, without credentials. */
  readonly where: string;
  readonly clock: Clock;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
  /** A connection that owes answers and has been silent for so long is given up. */
  readonly socketTimeout: number;
  readonly retryOnTimeout: boolean;
  readonly healthCheckInterval?: number | undefined;
  readonly open: (settings: Pick<WireSettings, 'connectTimeout' | 'trouble'>) => Wire;
}

interface Live {
  readonly wire: Wire;
  /** What the server's clock shows more than ours, in whole ms so that an instant survives the way there and back. */
  readonly offset: number;
  readonly since: number;
}

/** After so long a connection has proven itself, and the next failure starts with short delays again. */
const PROVEN = 5000;
/** How often the clocks are compared at most where that takes longer than `SHORT`, in ms: the shortest time is the truest. */
const MOST_COMPARISONS = 3;
const SHORT = 10;
/** How long `close` waits for commands under way. */
const CLOSE_WITHIN = 500;

/**
 * The connection of one backend: opened at the first command, shared by all, made anew when it is lost.
 *
 * The first commands wait for the first connect. From then on a command either goes out at once or is refused at once.
 * Every command is answered within `commandTimeout`. Nothing here keeps an idle process alive.
 */
export class RedisLink {
  readonly #settings: LinkSettings;
  readonly #deadlines: Deadlines;
  #connecting: Deadlines | undefined;
  readonly #wires = new Set<Wire>();
  #live: Live | undefined;
  #opening: Promise<Live> | undefined;
  #failure: { readonly error: CacheConnectionError } | undefined;
  #hopeful: (() => void)[] = [];
  #failures = 0;
  #retry: Timer | undefined;
  #health: Timer | undefined;
  #quietSince = 0;
  #closed = false;

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#deadlines = new Deadlines(settings.clock, settings.commandTimeout, 'holds');
  }

  /** What the server's clock shows more than ours, in ms. */
  get offset(): number {
    return this.#live?.offset ?? 0;
  }

  /**
   * Sends a command to the server that has its key. One that depends on the server's time is made when it is sent, so
   * that all commands take the same way and keep their order.
   */
  async send(request: Request | (() => Request)): Promise<unknown> {
    const { wire } = this.#live ?? (await this.#connected());
    const made = typeof request === 'function' ? request() : request;
    return this.#insist(wire, made, () => wire.send(made.wireKey, made.command));
  }

  /** All servers that hold keys. */
  async shards(): Promise<readonly LinkShard[]> {
    const { wire } = await this.#connected();
    const shards = await this.#answer(wire, { command: ['CONNECT'] }, () => wire.shards());
    return shards.map((shard) => ({
      send: (request) => this.#insist(wire, request, () => shard.send(request.command)),
    }));
  }

  /** Settles when the connection is there again: at once, unless it was lost and is being made anew. */
  recovered(): Promise<void> {
    if (this.#live || !this.#failure || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#hopeful.push(resolve));
  }

  /** Refuses new commands, waits briefly for those under way, and ends the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry?.cancel();
    this.#health?.cancel();
    this.#tellHopeful();
    this.#connecting?.abandon(() => this.#closedError());
    await this.#deadlines.drained(CLOSE_WITHIN);
    this.#deadlines.abandon(() => this.#closedError());
    this.#live = undefined;
    for (const wire of this.#wires) this.#drop(wire);
  }

  #connected(): Promise<Live> {
    if (this.#closed)
      return Promise.reject(new CacheClosedError(`${this.#settings.tier}: the tier is closed.`));
    if (this.#live) return Promise.resolve(this.#live);
    // One error for all: what is refused by the thousand should cost next to nothing.
    if (this.#failure) return Promise.reject(this.#failure.error);
    // BAD: every caller connects. GOOD: one shared connect, because a cluster client lets the second caller through
    // while it still discovers the slots, and loses its command.
    this.#opening ??= this.#connect('holds');
    return this.#opening;
  }

  async #connect(holds?: 'holds'): Promise<Live> {
    const { clock, connectTimeout, open } = this.#settings;
    let wire: Wire | undefined;
    try {
      const opened = open({ connectTimeout, trouble: (cause) => wire && this.#trouble(wire, cause) });
      wire = opened;
      this.#wires.add(opened);
      this.#connecting = new Deadlines(clock, connectTimeout, holds);
      const late = (): Error => this.#late('CONNECT', connectTimeout);
      const offset = await this.#connecting.within(establish(opened, clock), late);
      return this.#adopt({ wire: opened, offset, since: clock.now() });
    } catch (cause) {
      if (wire) this.#drop(wire);
      this.#fail(cause);
      this.#reconnectLater();
      throw this.#report(cause, { command: ['CONNECT'] });
    } finally {
      this.#opening = undefined;
    }
  }

  #adopt(live: Live): Live {
    if (this.#closed) {
      this.#drop(live.wire);
      throw this.#closedError();
    }
    const former = this.#live?.wire;
    this.#live = live;
    this.#failure = undefined;
    this.#tellHopeful();
    this.#quietSince = live.since;
    if (former) this.#settings.clock.after(this.#settings.commandTimeout, () => this.#drop(former));
    this.#watch(live.wire);
    return live;
  }

  /** The wire in use has failed. What it can still do, it does until its successor is connected. */
  #trouble(wire: Wire, cause: unknown): void {
    const live = this.#live;
    if (live?.wire !== wire || this.#closed) return;
    this.#fail(cause);
    if (this.#settings.clock.now() - live.since > PROVEN) this.#failures = 0;
    if (!wire.partial) {
      this.#live = undefined;
      this.#drop(wire);
    }
    this.#reconnectLater();
  }

  #fail(cause: unknown): void {
    this.#failure = { error: this.#disconnected(cause) };
  }

  #tellHopeful(): void {
    for (const tell of this.#hopeful.splice(0)) tell();
  }

  #reconnectLater(): void {
    if (this.#closed || this.#retry) return;
    const delay = reconnectDelay(++this.#failures, Math.random());
    this.#retry = this.#settings.clock.after(delay, () => {
      void this.#connect()
        .catch(() => {})
        .finally(() => {
          this.#retry = undefined;
          if (this.#failure) this.#reconnectLater();
        });
    });
  }

  #drop(wire: Wire): void {
    if (this.#wires.delete(wire)) wire.destroy();
  }

  #watch(wire: Wire): void {
    const { clock, healthCheckInterval } = this.#settings;
    this.#health?.cancel();
    if (healthCheckInterval === undefined) return;
    this.#health = clock.after(healthCheckInterval, () => {
      this.#check(wire).then(
        () => this.#live?.wire === wire && !this.#closed && this.#watch(wire),
        (cause: unknown) => this.#trouble(wire, cause),
      );
    });
  }

  async #check(wire: Wire): Promise<void> {
    const ping: Request = { command: ['PING'] };
    const shards = await this.#answer(wire, ping, () => wire.shards());
    await Promise.all(shards.map((shard) => this.#answer(wire, ping, () => shard.send(ping.command))));
  }

  async #insist(wire: Wire, request: Request, send: () => Promise<unknown>): Promise<unknown> {
    if (!this.#settings.retryOnTimeout || !request.repeatable) return this.#answer(wire, request, send);
    try {
      return await this.#answer(wire, request, send, 'patient');
    } catch (error) {
      if ((error as CacheError).code !== 'CACHE_TIMEOUT') throw error;
      return this.#answer(wire, request, send);
    }
  }

  async #answer<T>(wire: Wire, request: Request, send: () => Promise<T>, patient?: 'patient'): Promise<T> {
    const { clock, commandTimeout } = this.#settings;
    if (this.#deadlines.size === 0) this.#quietSince = clock.now();
    try {
      const late = (): Error => this.#late(String(request.command[0]), commandTimeout, request.key);
      const reply = await this.#deadlines.within(send(), late);
      this.#quietSince = clock.now();
      return reply;
    } catch (cause) {
      const error = this.#report(cause, request);
      if (error.code === 'CACHE_TIMEOUT' && !patient) this.#overdue(wire, error);
      // It was the master and is a replica now: a read would give what the new master has deleted since.
      if (replyKind(cause) === 'READONLY') this.#trouble(wire, error);
      throw error;
    }
  }

  #overdue(wire: Wire, error: CacheError): void {
    const { clock, socketTimeout } = this.#settings;
    // The other nodes of a cluster answer on: their answers say nothing about the mute one.
    if (wire.partial || clock.now() - this.#quietSince >= socketTimeout) this.#trouble(wire, error);
  }

  #late(command: string, timeout: number, key?: string): CacheTimeoutError {
    const { tier, where } = this.#settings;
    const of = key === undefined ? '' : ` of '${key}'`;
    return new CacheTimeoutError(
      `${tier}: no answer to ${command}${of} from ${where} within ${timeout} ms.`,
      {
        tier,
        ...(key === undefined ? {} : { key }),
      },
    );
  }

  #closedError(): CacheClosedError {
    const { tier } = this.#settings;
    return new CacheClosedError(`${tier}: the tier is closed.`, { tier });
  }

  #disconnected(cause: unknown): CacheConnectionError {
    const { tier, where } = this.#settings;
    return new CacheConnectionError(`${tier}: not connected to ${where}, trying again: ${messageOf(cause)}`, {
      tier,
      cause,
    });
  }

  #report(cause: unknown, request: Request): CacheError {
    const { tier, where } = this.#settings;
    const subject: CommandSubject = { tier, where, command: String(request.command[0]), key: request.key };
    return commandError(cause, subject);
  }
}

/** Connects, and compares the clocks: the offset of `wire`'s server, in whole ms. */
async function establish(wire: Wire, clock: Clock): Promise<number> {
  await wire.connect();
  let best = await compared(wire, clock);
  // A process that was busy meanwhile does not know when the answer came: it is half as much wrong.
  for (let tries = 1; tries < MOST_COMPARISONS && best.took > SHORT; tries++) {
    const next = await compared(wire, clock);
    if (next.took < best.took) best = next;
  }
  return best.offset;
}

async function compared(
  wire: Wire,
  clock: Clock,
): Promise<{ readonly offset: number; readonly took: number }> {
  const asked = clock.now();
  const [seconds, microseconds] = (await wire.send(undefined, ['TIME'])) as readonly Buffer[];
  const took = clock.now() - asked;
  const offset = Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - (asked + took / 2));
  return { offset, took };
}
