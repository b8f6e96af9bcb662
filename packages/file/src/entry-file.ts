import { hash } from 'node:crypto';
import { bytesToText, textToBytes } from './text-bytes.js';

/*
 * An entry file:
 *
 *   0  4  magic and version
 *   4 16  checksum: the first half of the SHA-256 digest of all that follows
 *  20  8  expiresAt, a double
 *  28  4  length of the key
 *  32  6  length of the payload
 *  38  1  1 if the codec wrote text, 0 if it wrote bytes
 *  39  1  zero
 *  40     key, payload
 */
const MAGIC = Buffer.from('KSF\x01', 'latin1');
const CHECKSUM_AT = 4;
const CHECKED_FROM = 20;
const KEY_LENGTH_AT = 28;
const PAYLOAD_LENGTH_AT = 32;
const TEXT_AT = 38;

const HEAD_LENGTH = 40;

/** What the first bytes of an entry file say. */
export interface Head {
  readonly key: string;
  readonly expiresAt: number;
}

/** What an entry file holds. */
export interface EntryFile extends Head {
  readonly payload: string | Uint8Array;
}

/** The bytes of an entry file. */
export function encodeEntryFile({ key, expiresAt, payload }: EntryFile): Buffer {
  const keyBytes = textToBytes(key);
  const text = typeof payload === 'string';
  const payloadBytes = text ? textToBytes(payload) : payload;
  const payloadAt = HEAD_LENGTH + keyBytes.length;
  const bytes = Buffer.allocUnsafe(payloadAt + payloadBytes.length);
  MAGIC.copy(bytes);
  bytes.writeDoubleLE(expiresAt, CHECKED_FROM);
  bytes.writeUInt32LE(keyBytes.length, KEY_LENGTH_AT);
  bytes.writeUIntLE(payloadBytes.length, PAYLOAD_LENGTH_AT, 6);
  bytes.writeUInt16LE(text ? 1 : 0, TEXT_AT);
  keyBytes.copy(bytes, HEAD_LENGTH);
  bytes.set(payloadBytes, payloadAt);
  checksum(bytes).copy(bytes, CHECKSUM_AT, 0, CHECKED_FROM - CHECKSUM_AT);
  return bytes;
}

/**
 * What `bytes`, a whole file, hold. `undefined` if they are not an undamaged entry file.
 * The payload is a copy: `bytes` may be used again.
 */
export function decodeEntryFile(bytes: Buffer): EntryFile | undefined {
  const head = decodeHead(bytes, bytes.length);
  if (head === undefined || !isIntact(bytes)) return undefined;
  const payloadAt = HEAD_LENGTH + bytes.readUInt32LE(KEY_LENGTH_AT);
  const payload = bytes.subarray(payloadAt);
  return { ...head, payload: bytes[TEXT_AT] === 1 ? bytesToText(payload) : Uint8Array.from(payload) };
}

/**
 * What the first bytes of a file of `fileLength` bytes say; at least `headLength` of them are needed.
 * `undefined` if they are not those of an entry file, or if the file is longer or shorter than they say.
 * What the checksum covers is not known yet.
 */
export function decodeHead(start: Buffer, fileLength: number): Head | undefined {
  const keyEnd = headLength(start);
  if (keyEnd === undefined || keyEnd > start.length) return undefined;
  if (keyEnd + start.readUIntLE(PAYLOAD_LENGTH_AT, 6) !== fileLength) return undefined;
  return {
    key: bytesToText(start.subarray(HEAD_LENGTH, keyEnd)),
    expiresAt: start.readDoubleLE(CHECKED_FROM),
  };
}

/** How many bytes of the file `decodeHead` needs; `undefined` if `start` is not the start of an entry file. */
export function headLength(start: Buffer): number | undefined {
  if (start.length < HEAD_LENGTH || MAGIC.compare(start, 0, MAGIC.length) !== 0) return undefined;
  return HEAD_LENGTH + start.readUInt32LE(KEY_LENGTH_AT);
}

function isIntact(bytes: Buffer): boolean {
  return checksum(bytes).compare(bytes, CHECKSUM_AT, CHECKED_FROM, 0, CHECKED_FROM - CHECKSUM_AT) === 0;
}

function checksum(bytes: Buffer): Buffer {
  return hash('sha256', bytes.subarray(CHECKED_FROM), 'buffer');
}
