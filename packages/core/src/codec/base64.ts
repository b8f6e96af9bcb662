import { corrupt } from './corrupt.js';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** How many bytes become arguments of one call: far less than any engine allows. */
const CHUNK = 8192;

/** Node's Buffer, where there is one: ten times as fast as the portable way. */
export function nodeBuffer(): typeof Buffer | undefined {
  return (globalThis as { Buffer?: typeof Buffer }).Buffer;
}

/** `bytes` in base64 (RFC 4648, with padding). */
export function toBase64(bytes: Uint8Array): string {
  const fast = nodeBuffer();
  if (fast) return fast.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/**
 * What `toBase64` was given, in a buffer of its own.
 *
 * @throws CacheSerializationError if `text` is no base64
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw corrupt('bytes are not in base64');
  const fast = nodeBuffer();
  // Copied: a small Buffer is a part of a shared pool.
  if (fast) return new Uint8Array(fast.from(text, 'base64'));
  return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
}
