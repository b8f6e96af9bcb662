import type { Timer } from '@keepsake/core';
import { reconnectDelay } from '../connection/reconnect-delay.js';
import type { Wire, WireSettings } from '../connection/wire.js';
import { BusConnection, type BusConnectionSettings } from './connection.js';
import { follows, isSame, type Position, type StreamEntry, streamEntries, streamEntry } from './position.js';
import { KNOWN, TAIL } from './scripts.js';

/** How a stream is read. */
export interface ReaderSettings extends BusConnectionSettings {
  /** Marks own entries. */
  readonly origin: string;
  /** How many messages the stream keeps. */
  readonly length: number;
  /** ms for the first connect. */
  readonly connectTimeout: number;
  readonly open: (settings: Pick<WireSettings, 'connectTimeout' | 'trouble'>) => Wire;
  /** Settles when the server can be reached, as far as others know who try to: at once if they do not. */
  readonly recovered: () => Promise<void>;
  /** A text of another bus. */
  readonly onText: (text: string) => void;
  readonly onGap: () => void;
  readonly onFailure: (error: unknown) => void;
  /** All that was published until now was passed on. */
  readonly onHealthy: () => void;
}

/** How long the server holds back its answer when there is nothing to read, in ms: the longest silence of a healthy one. */
const BLOCK = 300;
/** How much later than that an answer may come, in ms. */
const MARGIN = 400;
/** How long a connect may take once it is known how long it takes, in ms: packets that vanish must not cost a second. */
const RECONNECT = 500;
/** Entries in one answer. */
const COUNT = 200;
/** After so long, in ms, a connection has proven itself, and the next failure starts with short delays again. */
const PROVEN = 5000;

/**
 * Follows a stream: passes on what others publish, in order, and says when something may have been missed.
 *
 * It holds a connection of its own, since reading blocks it, and makes it anew whenever it is late or lost. Nothing here
 * keeps a process alive.
 */
export class BusReader {
  readonly #settings: ReaderSettings;
  #connection: BusConnection | undefined;
  #position: Position | undefined;
  /** Until when all was heard, by our clock. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** How long the last connect took, in ms. */
  #took: number | undefined;
  #failures = 0;
  #pause: Timer | undefined;
  #closed = false;

  constructor(settings: ReaderSettings) {
    this.#settings = settings;
  }

  /** Whether all that was published up to a moment ago has been heard. Turns false by itself when the server falls silent. */
  get connected(): boolean {
    return this.#settings.clock.now() - this.#heardAt <= this.#longestSilence;
  }

  async run(): Promise<void> {
    const { clock, onFailure } = this.#settings;
    while (!this.#closed) {
      const startedAt = clock.now();
      try {
        await this.#follow();
      } catch (error) {
        this.#heardAt = Number.NEGATIVE_INFINITY;
        if (this.#closed) return;
        onFailure(error);
        await this.#beforeNext(startedAt);
        // Their attempts are enough for both.
        await this.#settings.recovered();
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#heardAt = Number.NEGATIVE_INFINITY;
    this.#pause?.cancel();
    this.#connection?.destroy();
  }

  /** Reads over one connection until it fails. */
  async #follow(): Promise<void> {
    const connection = this.#connect();
    this.#connection = connection;
    try {
      const startedAt = this.#settings.clock.now();
      await connection.open(this.#patience);
      this.#took = this.#settings.clock.now() - startedAt;
      if (!this.#position && !this.#closed) await this.#goToTail(connection);
      while (!this.#closed) await this.#read(connection);
    } finally {
      connection.destroy();
    }
  }

  #connect(): BusConnection {
    // What fails shows in what is pending. Other nodes of a cluster may fail as they like.
    const wire = this.#settings.open({ connectTimeout: this.#patience, trouble: () => undefined });
    return new BusConnection(this.#settings, wire);
  }

  async #read(connection: BusConnection): Promise<void> {
    const { clock, wireKey, onHealthy } = this.#settings;
    const last = this.#position as Position; // set before the first read
    const wait = this.connected ? BLOCK : 0;
    const askedAt = clock.now();
    const [known, read] = await connection.ask(
      this.#longestSilence,
      ['EVAL', KNOWN, '1', wireKey, last.id],
      [
        'XREAD',
        'COUNT',
        String(COUNT),
        ...(wait ? ['BLOCK', String(wait)] : []),
        'STREAMS',
        wireKey,
        last.id,
      ],
    );
    if (this.#closed) return;
    // Behind an entry that the server has lost, or never had, others may be missing too.
    if (!isSame(last, streamEntry(known))) return this.#goToTail(connection);
    const entries = streamEntries(read);
    for (const entry of entries) this.#take(entry);
    if (entries.length === COUNT || this.#closed) return;
    // No later than the server can have answered: a process that was busy has heard nothing since.
    this.#heardAt = Math.min(clock.now(), askedAt + wait);
    onHealthy();
  }

  #take(entry: StreamEntry): void {
    const { origin, onText, onGap } = this.#settings;
    const last = this.#position;
    this.#position = entry;
    if (last && !follows(last, entry)) onGap();
    if (entry.origin !== origin && entry.text !== '') onText(entry.text);
  }

  /** Goes on from the end of the stream. First the end, then the gap: what is published in between is still read. */
  async #goToTail(connection: BusConnection): Promise<void> {
    const before = this.#position;
    this.#position = undefined;
    try {
      this.#position = await this.#tail(connection);
    } finally {
      // What was lost is lost, though a full server may have no place for a new beginning.
      if ((before || this.#position) && !this.#closed) this.#settings.onGap();
    }
  }

  async #tail(connection: BusConnection): Promise<StreamEntry | undefined> {
    const { wireKey, origin, length } = this.#settings;
    const epoch = globalThis.crypto.randomUUID();
    const [tail] = await connection.ask(this.#longestSilence, [
      'EVAL',
      TAIL,
      '1',
      wireKey,
      epoch,
      origin,
      String(length),
    ]);
    return streamEntry(tail);
  }

  get #longestSilence(): number {
    return BLOCK + Math.max(MARGIN, this.#took ?? 0);
  }

  get #patience(): number {
    const { connectTimeout } = this.#settings;
    if (this.#took === undefined) return connectTimeout;
    return Math.min(connectTimeout, Math.max(RECONNECT, 4 * this.#took));
  }

  /** Attempts are spaced from start to start: one that was long in vain is followed at once. */
  #beforeNext(startedAt: number): Promise<void> {
    const { clock } = this.#settings;
    const lasted = clock.now() - startedAt;
    this.#failures = lasted > PROVEN ? 1 : this.#failures + 1;
    const delay = Math.max(0, reconnectDelay(this.#failures, Math.random()) - lasted);
    return new Promise((resolve) => {
      this.#pause = clock.after(delay, resolve);
    });
  }
}
