/** A key on the wire: a string, or bytes where a string would lose something. */
export type WireKey = string | Buffer;

/** A surrogate that has lost its other half. UTF-8 cannot carry it: two such keys would become one. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const REPLACEMENT = '\ufffd';

/** The bytes of `key`, so that different keys stay different: UTF-8, with lone surrogates as in WTF-8. */
export function toWire(key: string): WireKey {
  if (!LONE_SURROGATE.test(key)) return key;
  const parts = [...key].map((character) =>
    LONE_SURROGATE.test(character) ? threeBytes(character.charCodeAt(0)) : Buffer.from(character),
  );
  return Buffer.concat(parts);
}

/** The key that `toWire` made `bytes` of. */
export function fromWire(bytes: Buffer): string {
  const text = bytes.toString();
  return text.includes(REPLACEMENT) ? decoded(bytes) : text;
}

/** The longest start of `prefix` that every key under it shares on the wire. */
export function wirePrefix(prefix: string): string {
  const at = prefix.search(LONE_SURROGATE);
  return at < 0 ? prefix : prefix.slice(0, at);
}

function threeBytes(unit: number): Buffer {
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
}

function decoded(bytes: Buffer): string {
  let text = '';
  let start = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] !== 0xed || (bytes[at + 1] as number) < 0xa0) continue;
    const unit = 0xd000 | (((bytes[at + 1] as number) & 0x3f) << 6) | ((bytes[at + 2] as number) & 0x3f);
    text += bytes.toString('utf8', start, at) + String.fromCharCode(unit);
    start = at + 3;
    at += 2;
  }
  return text + bytes.toString('utf8', start);
}
