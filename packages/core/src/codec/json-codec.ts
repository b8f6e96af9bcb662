import type { Codec } from './codec.js';
import { seal, unseal } from './envelope.js';
import { fromValueText, toValueText } from './tagged-json.js';

/**
 * The default codec: JSON, with tags for what JSON would lose.
 *
 * It carries everything that JSON has, and `undefined`, NaN, ±Infinity, -0, bigint, Date, RegExp, Map, Set, URL,
 * URLSearchParams, ArrayBuffer, DataView, typed arrays, Buffer (a Uint8Array where there is no Buffer), the error
 * classes of the language, boxed primitives, objects without a prototype, arrays with holes, repeated references
 * and cycles. A value that is JSON already is stored as plain JSON.
 *
 * It refuses functions, symbols, instances of all other classes, properties named by symbols, properties put on a Map,
 * a Date and the like, and what is nested more than 1000 levels deep. As `structuredClone` does, it leaves out properties
 * that are not enumerable and properties put on typed arrays, and stores what a getter returns.
 *
 * @example
 * ```ts
 * import { jsonCodec } from '@keepsake/core';
 * const codec = jsonCodec();
 * const stored = codec.encode({ value: new Set([1n]), createdAt: 0, staleAt: 60_000, expiresAt: Infinity });
 * codec.decode(stored).value; // Set { 1n }
 * ```
 */
export function jsonCodec(): Codec {
  return {
    name: 'json',
    encode: (entry) => seal(entry, toValueText(entry.value)),
    decode: (data) => unseal(data, fromValueText),
  };
}
