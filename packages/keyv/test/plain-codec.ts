import type { Codec, Entry } from '@keepsake/core';

/** JSON and nothing else: these tests are about stores, not about values. */
export const plainCodec: Codec = {
  name: 'plain',
  encode: (entry) => JSON.stringify(entry),
  decode: (data) => JSON.parse(String(data)) as Entry,
};

/** The same, as bytes. */
export const byteCodec: Codec = {
  name: 'bytes',
  encode: (entry) => new TextEncoder().encode(JSON.stringify(entry)),
  decode(data) {
    if (typeof data === 'string') throw new Error('bytes were written');
    return JSON.parse(new TextDecoder().decode(data)) as Entry;
  },
};
