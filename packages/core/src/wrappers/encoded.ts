import type { Codec } from '../codec/codec.js';
import { jsonCodec } from '../codec/json-codec.js';
import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { ByteStore } from '../contract/byte-store.js';
import { type Entry, freshness } from '../contract/entry.js';
import { CacheSerializationError, isRefusal } from '../errors.js';
import { type Clock, systemClock } from '../time/clock.js';

export interface EncodedOptions {
  readonly clock?: Clock;
  /** Told of stored bytes that could not be decoded. The read was a miss, and what the codec disowns is removed. */
  readonly onCorrupt?: (key: string, error: unknown) => void;
}

/**
 * A backend over a store of strings or bytes. A store that answers without promises makes a backend that does.
 *
 * @param codec - @default jsonCodec()
 *
 * @example
 * ```ts
 * import { type ByteStore, encoded } from '@keepsake/core';
 * const bytes = new Map<string, string | Uint8Array>();
 * const store: ByteStore = {
 *   name: 'bytes',
 *   read: (key) => bytes.get(key),
 *   write: (key, data) => void bytes.set(key, data),
 *   remove: (key) => bytes.delete(key),
 *   clear: (prefix = '') => [...bytes.keys()].forEach((key) => key.startsWith(prefix) && bytes.delete(key)),
 *   keys: (prefix = '') => [...bytes.keys()].filter((key) => key.startsWith(prefix)),
 * };
 * const backend = encoded(store);
 * ```
 */
export function encoded(store: ByteStore, codec: Codec = jsonCodec(), options: EncodedOptions = {}): Backend {
  const backend = new EncodedBackend(store, codec, options);
  return store.close ? Object.assign(backend, { close: () => store.close?.() }) : backend;
}

type Data = string | Uint8Array;

class EncodedBackend implements Backend {
  readonly name: string;
  readonly #store: ByteStore;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #onCorrupt: EncodedOptions['onCorrupt'];

  constructor(store: ByteStore, codec: Codec, options: EncodedOptions) {
    this.name = store.name;
    this.#store = store;
    this.#codec = codec;
    this.#clock = options.clock ?? systemClock;
    this.#onCorrupt = options.onCorrupt;
  }

  get(key: string): Awaitable<Entry | undefined> {
    return chain(this.#store.read(key), (data) => (data === undefined ? undefined : this.#decode(key, data)));
  }

  set(key: string, entry: Entry): Awaitable<void> {
    const data = this.#encode(key, entry);
    const ttl = Math.ceil(entry.expiresAt - this.#clock.now());
    if (ttl > 0) return this.#store.write(key, data, ttl);
    return chain(this.#store.remove(key), () => undefined);
  }

  delete(key: string): Awaitable<boolean> {
    return chain(this.#isLive(key), (live) => chain(this.#store.remove(key), (removed) => removed && live));
  }

  clear(prefix?: string): Awaitable<void> {
    return this.#store.clear(prefix);
  }

  keys(prefix = ''): Iterable<string> | AsyncIterable<string> {
    const names = this.#store.keys(prefix);
    if (Symbol.asyncIterator in names) return this.#live(names, prefix);
    const listed = Array.from(names).filter((key) => isListed(key, prefix));
    const live: string[] = [];
    for (const key of listed) {
      const answer = this.#isLive(key);
      if (isPending(answer)) {
        // Only to see that reading takes a promise: the listing asks again, when it is read.
        answer.catch(() => undefined);
        return this.#live(listed, prefix);
      }
      if (answer) live.push(key);
    }
    return live;
  }

  #encode(key: string, entry: Entry): Data {
    try {
      return this.#codec.encode(entry);
    } catch (cause) {
      const tier = this.name;
      const reason = cause instanceof Error ? cause.message : 'The codec failed.';
      throw new CacheSerializationError(`${tier}: "${key}" was not stored. ${reason}`, { key, tier, cause });
    }
  }

  #decode(key: string, data: Data): Awaitable<Entry | undefined> {
    try {
      const entry = this.#codec.decode(data);
      return this.#isUnexpired(entry) ? entry : undefined;
    } catch (error) {
      this.#report(key, error);
      // Any other error says more about the codec than about the bytes.
      return isRefusal(error) ? this.#repair(key, data) : undefined;
    }
  }

  #isUnexpired(entry: Entry): boolean {
    return freshness(entry, this.#clock.now()) !== 'expired';
  }

  #report(key: string, error: unknown): void {
    try {
      this.#onCorrupt?.(key, error);
    } catch {
      // A listener that fails never breaks a read.
    }
  }

  /** Removes what could not be decoded, unless something else was written meanwhile. A failure leaves it for the next read. */
  #repair(key: string, data: Data): Awaitable<undefined> {
    const nothing = (): undefined => undefined;
    try {
      const removed = chain(this.#store.read(key), (now) => isSame(now, data) && this.#store.remove(key));
      return isPending(removed) ? removed.then(nothing, nothing) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether a live entry is there. What cannot be decoded is none, and is left to a read to repair. */
  #isLive(key: string): Awaitable<boolean> {
    return chain(this.#store.read(key), (data) => {
      if (data === undefined) return false;
      try {
        return this.#isUnexpired(this.#codec.decode(data));
      } catch {
        return false;
      }
    });
  }

  async *#live(names: Iterable<string> | AsyncIterable<string>, prefix: string): AsyncGenerator<string> {
    for await (const key of names) {
      if (isListed(key, prefix) && (await this.#isLive(key))) yield key;
    }
  }
}

/** Internal keys are listed only for a prefix that names them. */
function isListed(key: string, prefix: string): boolean {
  return prefix.startsWith('\0') || !key.startsWith('\0');
}

function isSame(a: Data | undefined, b: Data): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
