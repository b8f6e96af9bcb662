import type { Codec, Entry } from '@keepsake/core';

/** JSON with `Infinity` in the instants: enough to test what becomes of the bytes. */
export const plainCodec: Codec = {
  name: 'plain',
  encode: (entry) =>
    JSON.stringify(entry, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value)),
  decode(data) {
    const entry = JSON.parse(String(data)) as Entry;
    return { ...entry, staleAt: Number(entry.staleAt), expiresAt: Number(entry.expiresAt) };
  },
};

/** A codec that writes bytes. */
export const bytesCodec: Codec = {
  name: 'bytes',
  encode: (entry) => Buffer.from(plainCodec.encode(entry) as string),
  decode: (data) => plainCodec.decode(Buffer.from(data as Uint8Array).toString()),
};
