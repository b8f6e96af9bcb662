import { fromBase64, nodeBuffer, toBase64 } from './base64.js';
import { corrupt, storedText } from './corrupt.js';
import { type Kind, kind } from './kind.js';

const ELEMENT_TYPES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

/** What is common to all typed arrays. */
interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): ArrayBufferView;
}

/** Kinds that are bytes. A view is stored with its own bytes only, not with the rest of its buffer. */
export const byteKinds: Readonly<Record<string, Kind>> = {
  ArrayBuffer: kind<ArrayBuffer>({
    tag: (buffer) => toBase64(new Uint8Array(buffer)),
    untag: (stored, { made }) => made(fromBase64(storedText(stored)).buffer),
  }),
  DataView: kind<DataView>({
    tag: (view) => toBase64(bytesOf(view)),
    untag: (stored, { made }) => made(new DataView(fromBase64(storedText(stored)).buffer)),
  }),
  Buffer: kind<Uint8Array>({
    tag: toBase64,
    untag(stored, { made }) {
      const bytes = fromBase64(storedText(stored));
      return made(nodeBuffer()?.from(bytes.buffer) ?? bytes);
    },
  }),
  ...Object.fromEntries(ELEMENT_TYPES.map((name) => [name, typedArray(name)])),
};

function typedArray(name: (typeof ELEMENT_TYPES)[number]): Kind {
  return kind<ArrayBufferView>({
    tag: (view) => toBase64(littleEndian(bytesOf(view), elementSize(view))),
    untag(stored, { made }) {
      const type = (globalThis as unknown as Record<string, TypedArrayConstructor | undefined>)[name];
      if (!type) throw corrupt(`this platform has no ${name}`);
      return made(new type(littleEndian(fromBase64(storedText(stored)), type.BYTES_PER_ELEMENT).buffer));
    },
  });
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function elementSize(view: ArrayBufferView): number {
  return (view as unknown as { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
}

const PLATFORM_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** `bytes` in the other order of the two, element by element, if the platform is not little-endian; it is its own inverse. */
export function littleEndian<T extends Uint8Array>(
  bytes: T,
  size: number,
  already = PLATFORM_IS_LITTLE_ENDIAN,
): T {
  if (already || size === 1) return bytes;
  const swapped = bytes.slice() as T;
  for (let start = 0; start < swapped.length; start += size) swapped.subarray(start, start + size).reverse();
  return swapped;
}
