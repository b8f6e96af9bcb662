import type { Bus, BusListener, BusMessage, CacheError, Clock } from '@keepsake/core';
import { evaluate } from '../connection/evaluate.js';
import { RedisLink } from '../connection/link.js';
import type { Beside } from '../connection/options.js';
import { openOwnWire, openWire, type Wire, type WireSettings } from '../connection/wire.js';
import { toWire } from '../connection/wire-key.js';
import { type RedisBusOptions, resolveBusOptions } from './options.js';
import { Outage } from './outage.js';
import { Outbox } from './outbox.js';
import { BusReader } from './reader.js';
import { APPEND } from './scripts.js';
import { messageOfText, messageText } from './text.js';

/** What a bus is made of. */
export interface RedisBusParts {
  readonly name: string;
  readonly channel: string;
  readonly length: number;
  /** Carries what is published. */
  readonly link: RedisLink;
  readonly clock: Clock;
  /** The server, without credentials. */
  readonly where: string;
  readonly connectTimeout: number;
  /** Opens a connection to read by. */
  readonly open: (settings: Pick<WireSettings, 'connectTimeout' | 'trouble'>) => Wire;
  /** Ends what the bus alone uses. */
  readonly release?: () => Promise<void>;
}

/** How long `close` waits until what is left has been sent, in ms. */
const SEND_WITHIN = 300;

/**
 * A bus over a stream of Redis or Valkey: a single server, a sentinel group or a cluster.
 *
 * The server keeps the last messages, so that who was cut off hears them when it is back; who missed more, or finds
 * that the server has lost them, is told of a gap. A silent server or connection is noticed within a second. Reading
 * starts with the first subscription, over a connection of its own. A `redis()` tier brings a bus like this by itself.
 *
 * @param where - a URL, or how to reach the server, which channel to use and how much is kept
 * @param more - beside a URL, the other options
 * @throws CacheConfigError if an option is wrong or unknown, or two locations are given
 * @example
 * ```ts
 * import { createCache, memory, tiered } from 'keepsake';
 * import { redis, redisBus } from '@keepsake/keyv';
 * const bus = redisBus({ url: 'redis://localhost:6379', channel: 'prices', length: 100_000 });
 * const cache = createCache({ backend: tiered([memory(), redis('redis://localhost:6379')]), bus });
 * ```
 */
export function redisBus(where: string, more?: Beside<RedisBusOptions>): Bus;
export function redisBus(where: string | RedisBusOptions): Bus;
export function redisBus(where: string | RedisBusOptions, more?: Beside<RedisBusOptions>): Bus {
  const { channel, length, server } = resolveBusOptions(where, more);
  const { name, target, maxConnections } = server;
  const link = new RedisLink({
    ...server,
    tier: name,
    open: (wire) => openWire(target, { ...wire, maxConnections }),
  });
  return new RedisBus({
    ...server,
    channel,
    length,
    link,
    open: (wire) => openOwnWire(target, { ...wire, maxConnections }),
    release: () => link.close(),
  });
}

/** Publishes over a link and reads over a connection of its own. */
export class RedisBus implements Bus {
  readonly name: string;
  readonly #listeners = new Set<BusListener>();
  readonly #outbox: Outbox;
  readonly #reader: BusReader;
  readonly #release: (() => Promise<void>) | undefined;
  #reading = false;
  #closing: Promise<void> | undefined;

  constructor(parts: RedisBusParts) {
    const { name, channel, clock, length, link } = parts;
    this.name = name;
    this.#release = parts.release;
    const key = `\0bus:${channel}`;
    const origin = globalThis.crypto.randomUUID();
    const outage = new Outage((error) => this.#tell((listener) => listener.lost?.(error)));
    this.#outbox = new Outbox({
      clock,
      send(texts) {
        const epoch = globalThis.crypto.randomUUID();
        const append = evaluate(APPEND, key, epoch, origin, String(length), ...texts);
        return link.send(append).catch((error: unknown) => {
          if ((error as CacheError).code !== 'CACHE_FULL') throw error;
          // A full server takes no message, but may drop the stream: its readers then know that they have missed something.
          return link.send({ ...append, command: ['UNLINK', toWire(key)] });
        });
      },
      onFailure: (error) => outage.begin('publishing', error),
      onSent: () => outage.end('publishing'),
    });
    this.#reader = new BusReader({
      ...parts,
      recovered: () => link.recovered(),
      wireKey: toWire(key),
      origin,
      onText: (text) => this.#hear(text),
      onGap: () => this.#tell((listener) => listener.gap()),
      onFailure: (error) => outage.begin('reading', error),
      onHealthy: () => outage.end('reading'),
    });
  }

  get connected(): boolean {
    return this.#reader.connected;
  }

  publish(message: BusMessage): void {
    this.#outbox.add(messageText(message));
  }

  subscribe(listener: BusListener): () => void {
    // One that is subscribed twice is told twice, and each subscription ends for itself.
    const subscribed: BusListener = {
      message: (message) => listener.message(message),
      gap: () => listener.gap(),
      lost: (error) => listener.lost?.(error),
    };
    this.#listeners.add(subscribed);
    if (!this.#reading && !this.#closing) {
      this.#reading = true;
      void this.#reader.run();
    }
    return () => void this.#listeners.delete(subscribed);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listeners.clear();
    this.#reader.close();
    await this.#outbox.close(SEND_WITHIN);
    await this.#release?.();
  }

  #hear(text: string): void {
    const message = messageOfText(text);
    // Somebody newer speaks, or somebody had too much to say.
    if (message) this.#tell((listener) => listener.message(message));
    else this.#tell((listener) => listener.gap());
  }

  #tell(what: (listener: BusListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch {
        // The others are told all the same, and reading goes on.
      }
    }
  }
}
