import { decodeEntryFile, decodeHead, encodeEntryFile } from '../src/entry-file.js';

const payloads: [string, string | Uint8Array][] = [
  ['text', '{"value":1}'],
  ['an empty text', ''],
  ['text beyond UTF-8', 'a\ud800b'],
  ['bytes', Uint8Array.of(0, 255, 1)],
  ['no bytes', new Uint8Array()],
];

describe('an entry file', () => {
  it.each(payloads)('carries %s', (_, payload) => {
    const written = { key: 'k\0ü', expiresAt: Number.POSITIVE_INFINITY, payload };
    const bytes = encodeEntryFile(written);
    expect(decodeEntryFile(bytes)).toEqual(written);
    expect(decodeHead(bytes, bytes.length)).toEqual({ key: written.key, expiresAt: written.expiresAt });
  });

  it('is known by every bit', () => {
    const bytes = encodeEntryFile({ key: 'key', expiresAt: 12.5, payload: 'payload' });
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(decodeEntryFile(damaged)).toBeUndefined();
    }
  });

  it('is known by its length', () => {
    const bytes = encodeEntryFile({ key: 'key', expiresAt: 12.5, payload: 'payload' });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeEntryFile(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeEntryFile(Buffer.concat([bytes, bytes]))).toBeUndefined();
  });

  it('keeps a payload of its own when the bytes are used again', () => {
    const bytes = encodeEntryFile({ key: 'key', expiresAt: 12.5, payload: Uint8Array.of(1, 2, 3) });
    const decoded = decodeEntryFile(bytes);
    bytes.fill(0);
    expect(decoded?.payload).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('of version 1 has these bytes', () => {
    const bytes = encodeEntryFile({ key: 'k', expiresAt: 1.5, payload: 'p' });
    expect(bytes.toString('hex')).toMatchInlineSnapshot(
      `"4b5346012f9536aefccb91657ed548df43b01356000000000000f83f0100000001000000000001006b70"`,
    );
  });
});
