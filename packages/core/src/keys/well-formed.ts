const LONE_SURROGATE = /\p{Surrogate}/u;
const ESCAPED = /\\|\p{Surrogate}/gu;

/**
 * `text` itself if it is well-formed UTF-16; otherwise `!` and the text with every lone surrogate and every backslash
 * escaped. UTF-8 has one replacement character for all lone surrogates: unescaped they would share a digest.
 *
 * Two texts that do not start with `!` never give the same result.
 */
export function wellFormed(text: string): string {
  if (isWellFormed(text)) return text;
  return `!${text.replace(ESCAPED, (unit) => (unit === '\\' ? '\\\\' : `\\u${unit.charCodeAt(0).toString(16)}`))}`;
}

function isWellFormed(text: string): boolean {
  // Part of ES2024: twice as fast as the expression where it is there.
  const native = (text as { isWellFormed?: () => boolean }).isWellFormed;
  return native === undefined ? !LONE_SURROGATE.test(text) : native.call(text);
}
