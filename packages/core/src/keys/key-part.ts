/** What would end a part, be read as a pattern, or be unsafe in a file name or a log; and the escape sign itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
const UNSAFE = /[%:/@*?[\]{}()!,|+^\\\u0000-\u001f\u007f]|\p{Surrogate}/gu;
const ESCAPE = /%(?:u([0-9a-f]{4})|([0-9A-F]{2}))/g;

/**
 * `text` as one part of a key: `%XX` stands for what has a meaning there, `%uxxxx` for a lone surrogate.
 *
 * @example
 * ```ts
 * import { encodePart } from '@keepsake/core';
 * encodePart('a:b*'); // 'a%3Ab%2A'
 * ```
 */
export function encodePart(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** What `encodePart` made `part` of; `undefined` if it cannot have made it. */
export function decodePart(part: string): string | undefined {
  const text = part.replace(ESCAPE, (_, lone?: string, byte?: string) =>
    String.fromCharCode(Number.parseInt(lone ?? byte ?? '', 16)),
  );
  return encodePart(text) === part ? text : undefined;
}

function escaped(unit: string): string {
  const code = unit.charCodeAt(0);
  if (code > 0x7f) return `%u${code.toString(16)}`;
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}
