/** No UTF-8 text begins with this byte: it marks a text that UTF-8 cannot carry. */
const NOT_UTF8 = 0xff;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The bytes of `text`, different for different texts: UTF-8 alone would write all lone surrogates alike. */
export function textToBytes(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.of(NOT_UTF8), Buffer.from(text, 'utf16le')]);
}

/** The text that `textToBytes` wrote. */
export function bytesToText(bytes: Buffer): string {
  return bytes[0] === NOT_UTF8 ? bytes.toString('utf16le', 1) : bytes.toString('utf8');
}
