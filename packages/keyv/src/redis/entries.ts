import { CacheSerializationError, type Clock, type Codec, type Entry, shifted } from '@keepsake/core';
import type { RedisLink } from '../connection/link.js';
import { instants, pack, unpack } from './value.js';

/** Entries as the server has them: as bytes, in its own time. */
export class RedisEntries {
  readonly #tier: string;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #link: RedisLink;

  constructor(tier: string, codec: Codec, clock: Clock, link: RedisLink) {
    this.#tier = tier;
    this.#codec = codec;
    this.#clock = clock;
    this.#link = link;
  }

  /** The server's time, in epoch ms. */
  get now(): number {
    return this.#clock.now() + this.#link.offset;
  }

  /** The live entry in a reply, if it is one of ours. */
  read(packed: unknown): Entry | undefined {
    const entry = Buffer.isBuffer(packed) ? unpack(this.#codec, packed, this.now) : undefined;
    return entry && shifted(entry, -this.#link.offset);
  }

  /** @throws CacheSerializationError if the codec cannot carry the value */
  write(key: string, entry: Entry): Buffer {
    try {
      return pack(this.#codec, shifted(entry, this.#link.offset));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'The codec failed.';
      const details = { key, tier: this.#tier, cause };
      throw new CacheSerializationError(`${this.#tier}: '${key}' was not stored. ${reason}`, details);
    }
  }

  /** The part of the header that a touch overwrites. */
  instants(staleAt: number, expiresAt: number): Buffer {
    const { offset } = this.#link;
    return instants(staleAt + offset, expiresAt + offset);
  }

  /** How long it is until `expiresAt`, for PX: '' for ever, nothing if there is no time left. */
  px(expiresAt: number): string | undefined {
    return pxOf(expiresAt - this.#clock.now());
  }
}

/** A length of time for PX: '' for ever, nothing if there is none left. */
export function pxOf(ms: number): string | undefined {
  if (!(ms > 0)) return undefined;
  const px = Math.ceil(ms);
  return px <= Number.MAX_SAFE_INTEGER ? String(px) : '';
}
