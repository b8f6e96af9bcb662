import type { Codec, Entry } from '@keepsake/core';

/**
 * How an entry lies in Redis, under one string key:
 *
 * | bytes | hold |
 * |---|---|
 * | 0 | the type: `E` an entry whose codec wrote text, `B` one whose codec wrote bytes; other letters are for later |
 * | 1–3 | the mark `\0k1`: by it our values are told from foreign ones |
 * | 4–27 | `createdAt`, `staleAt`, `expiresAt` as doubles, in the server's time |
 * | 28– | what the codec wrote |
 *
 * The instants stand in front of what the codec wrote so that `touch` can overwrite them in place.
 */
const TEXT = 0x45;
const BYTES = 0x42;
const MARK = Buffer.from('\0k1');

/** Where what the codec wrote starts. */
export const HEADER = 28;
/** Where `staleAt` and `expiresAt` stand. */
export const INSTANTS_AT = 12;
/** How many bytes tell whose a value is. */
export const MARK_LENGTH = 4;

/** The bytes of `entry`, whose instants are in the server's time. */
export function pack(codec: Codec, entry: Entry): Buffer {
  // The header has the instants: what the codec keeps of them would be wrong after a touch.
  const data = codec.encode({ ...entry, createdAt: 0, staleAt: 0, expiresAt: 0 });
  const text = typeof data === 'string';
  const packed = Buffer.allocUnsafe(HEADER + (text ? Buffer.byteLength(data) : data.byteLength));
  packed[0] = text ? TEXT : BYTES;
  MARK.copy(packed, 1);
  packed.writeDoubleBE(entry.createdAt, 4);
  instants(entry.staleAt, entry.expiresAt).copy(packed, INSTANTS_AT);
  if (text) packed.write(data, HEADER);
  else packed.set(data, HEADER);
  return packed;
}

/** The entry in `packed`, or nothing if it is not one of ours or is damaged. */
export function unpack(codec: Codec, packed: Buffer): Entry | undefined {
  if (packed.length < HEADER || !isOurs(packed)) return undefined;
  try {
    const data = packed[0] === TEXT ? packed.toString('utf8', HEADER) : packed.subarray(HEADER);
    const entry = codec.decode(data);
    return {
      ...entry,
      createdAt: packed.readDoubleBE(4),
      staleAt: packed.readDoubleBE(INSTANTS_AT),
      expiresAt: packed.readDoubleBE(INSTANTS_AT + 8),
    };
  } catch {
    // A codec throws at nothing but bytes that it did not write.
    return undefined;
  }
}

/** The part of the header that `touch` overwrites. */
export function instants(staleAt: number, expiresAt: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(staleAt, 0);
  bytes.writeDoubleBE(expiresAt, 8);
  return bytes;
}

/** Whether a value that starts with `head` is an entry of ours. */
export function isOurs(head: Buffer): boolean {
  return (head[0] === TEXT || head[0] === BYTES) && head.subarray(1, MARK_LENGTH).equals(MARK);
}
