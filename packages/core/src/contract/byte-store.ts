import type { Awaitable } from './awaitable.js';

/**
 * The second door for a third party: a store of strings or bytes. `encoded(store, codec)` makes a backend of it.
 */
export interface ByteStore {
  readonly name: string;
  /** What was written under `key`, if it is still there. */
  read(key: string): Awaitable<string | Uint8Array | undefined>;
  /** Stores `data`; it may be dropped after `ttl` ms (`Infinity`: never) and is never needed after it. */
  write(key: string, data: string | Uint8Array, ttl: number): Awaitable<void>;
  /** `true` if something was removed. */
  remove(key: string): Awaitable<boolean>;
  /** Removes every key that starts literally with `prefix` (all, without one). Never a foreign key. */
  clear(prefix?: string): Awaitable<void>;
  keys(prefix?: string): Iterable<string> | AsyncIterable<string>;
  close?(): Awaitable<void>;
}
