import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The SHA-256 of the UTF-8 form of `text`, in lower-case hex. */
export function sha256(text: string): string {
  return bytesToHex(digest(utf8ToBytes(text)));
}
