import type { CacheError, Clock, Timer } from '@keepsake/core';
import { LOST_MESSAGES } from './text.js';

/** How an outbox sends. */
export interface OutboxSettings {
  readonly clock: Clock;
  /** Sends texts in order, all or (as far as can be known) none. */
  readonly send: (texts: readonly string[]) => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
  readonly onSent: () => void;
}

/** Texts in one command: a longer one would hold up everybody else on the server. */
const BATCH = 200;
const BATCH_CHARACTERS = 1_000_000;
/** What an outage may leave waiting. */
const MOST_TEXTS = 10_000;
const MOST_CHARACTERS = 16_000_000;
/** ms between two attempts. */
const RETRY = 100;

/**
 * Texts on their way to the server, in order: those of one tick together, one command at a time, and again what was
 * not acknowledged. When too many wait, one takes their place that says that messages were lost.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  #waiting: string[] = [];
  #characters = 0;
  #sending = false;
  #retry: Timer | undefined;
  #closed = false;
  #done: (() => void) | undefined;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  add(text: string): void {
    if (this.#closed) return;
    this.#waiting.push(text);
    this.#characters += text.length;
    this.#bound();
    if (!this.#retry) this.#start();
  }

  /** Takes no more, and tries for `atMost` ms to send what is left. */
  async close(atMost: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry?.cancel();
    if (this.#waiting.length === 0 && !this.#sending) return;
    await new Promise<void>((resolve) => {
      const timer = this.#settings.clock.after(atMost, resolve, 'holds');
      this.#done = () => {
        timer.cancel();
        resolve();
      };
      this.#start();
    });
    this.#waiting = [];
  }

  #start(): void {
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        await this.#settings.send(batch);
        this.#settings.onSent();
      } catch (error) {
        this.#failed(batch, error as CacheError);
        break;
      }
    }
    this.#sending = false;
    this.#done?.();
  }

  #failed(batch: readonly string[], error: CacheError): void {
    // The connection was closed for good.
    if (error.code === 'CACHE_CLOSED') this.#closed = true;
    if (this.#closed) return;
    this.#waiting = [...batch, ...this.#waiting];
    this.#characters += lengthOf(batch);
    this.#bound();
    this.#retry = this.#settings.clock.after(RETRY, () => {
      this.#retry = undefined;
      this.#start();
    });
    this.#settings.onFailure(error);
  }

  #take(): readonly string[] {
    let size = 0;
    let length = 0;
    while (size < Math.min(BATCH, this.#waiting.length)) {
      length += (this.#waiting[size] as string).length;
      if (size > 0 && length > BATCH_CHARACTERS) break;
      size++;
    }
    const batch = this.#waiting.splice(0, size);
    this.#characters -= lengthOf(batch);
    return batch;
  }

  #bound(): void {
    if (this.#waiting.length <= MOST_TEXTS && this.#characters <= MOST_CHARACTERS) return;
    this.#waiting = [LOST_MESSAGES];
    this.#characters = LOST_MESSAGES.length;
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
