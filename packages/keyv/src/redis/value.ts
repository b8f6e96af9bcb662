import type { Codec, Entry } from '@keepsake/core';

/**
 * How an entry and its lease lie in Redis, under one string key:
 *
 * | bytes | hold |
 * |---|---|
 * | 0 | the type: `E` an entry whose codec wrote text, `B` one whose codec wrote bytes, `L` a lease without an entry |
 * | 1–3 | the mark `\0k2`: by it our values are told from foreign ones |
 * | 4–19 | the lease, or zeros: a digest of its token |
 * | 20–27 | when the lease ends, as a double, in the server's time |
 * | 28 | 1 if somebody was told that the lease is held |
 * | 29–52 | `createdAt`, `staleAt`, `expiresAt` as doubles, in the server's time |
 * | 53– | what the codec wrote |
 *
 * One key, so that any SET or DEL by anybody voids the lease, and a cluster needs no hash tags. The instants stand in
 * front of what the codec wrote so that `touch` can overwrite them in place.
 */
const TEXT = 0x45;
const BYTES = 0x42;
const LEASE = 0x4c;
const MARK = Buffer.from('\0k2');

/** Where the lease stands, and how long it is. */
export const LEASE_AT = 4;
export const LEASE_LENGTH = 16;
/** Where the end of the lease stands. */
export const LEASE_END_AT = 20;
/** Where it stands whether somebody waits for the lease. */
export const AWAITED_AT = 28;
/** Where `createdAt` stands: what is in front of it is all that a lease without an entry has. */
export const CREATED_AT = 29;
/** Where `staleAt` and `expiresAt` stand. */
export const INSTANTS_AT = 37;
/** Where `expiresAt` stands. */
export const EXPIRES_AT = 45;
/** Where what the codec wrote starts. */
export const HEADER = 53;

/** The bytes of `entry`, whose instants are in the server's time, under no lease. */
export function pack(codec: Codec, entry: Entry): Buffer {
  // The header has the instants: what the codec keeps of them would be wrong after a touch.
  const data = codec.encode({ ...entry, createdAt: 0, staleAt: 0, expiresAt: 0 });
  const text = typeof data === 'string';
  const packed = Buffer.allocUnsafe(HEADER + (text ? Buffer.byteLength(data) : data.byteLength));
  packed[0] = text ? TEXT : BYTES;
  MARK.copy(packed, 1);
  packed.fill(0, LEASE_AT, CREATED_AT);
  packed.writeDoubleBE(entry.createdAt, CREATED_AT);
  instants(entry.staleAt, entry.expiresAt).copy(packed, INSTANTS_AT);
  if (text) packed.write(data, HEADER);
  else packed.set(data, HEADER);
  return packed;
}

/** The entry in `packed`, or nothing if it is not one of ours, is damaged, or was over at `now` in the server's time. */
export function unpack(codec: Codec, packed: Buffer, now: number): Entry | undefined {
  if (!isEntry(packed, now)) return undefined;
  try {
    const data = packed[0] === TEXT ? packed.toString('utf8', HEADER) : packed.subarray(HEADER);
    const entry = codec.decode(data);
    return {
      ...entry,
      createdAt: packed.readDoubleBE(CREATED_AT),
      staleAt: packed.readDoubleBE(INSTANTS_AT),
      expiresAt: packed.readDoubleBE(EXPIRES_AT),
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

/** Whether a value that starts with `head` is an entry or a lease of ours. */
export function isOurs(head: Buffer): boolean {
  return (isEntryType(head[0]) || head[0] === LEASE) && head.subarray(1, LEASE_AT).equals(MARK);
}

/** Whether a value that starts with `head` (its header at least) is an entry of ours that is live at `now`, in the server's time. */
export function isEntry(head: Buffer, now: number): boolean {
  if (head.length < HEADER || !isEntryType(head[0]) || !isOurs(head)) return false;
  // The server's own expiry ends an entry, unless the lease of its refresh has kept it.
  return head.readDoubleBE(EXPIRES_AT) > now;
}

function isEntryType(type: number | undefined): boolean {
  return type === TEXT || type === BYTES;
}
