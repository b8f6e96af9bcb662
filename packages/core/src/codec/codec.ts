import type { Entry } from '../contract/entry.js';

/**
 * A whole entry ⇄ bytes: instants, load time and tags as well as the value. What it writes is versioned, so that every
 * later version can read it.
 */
export interface Codec {
  readonly name: string;
  /**
   * @throws CacheSerializationError if the value cannot be carried without loss; names the path
   */
  encode(entry: Entry): string | Uint8Array;
  /**
   * @throws CacheSerializationError if `data` is not what `encode` wrote
   */
  decode(data: string | Uint8Array): Entry;
}
