import { CacheKeyError } from '../errors.js';

/** One step of a glob: a literal character, any character, any text, or one of a set. */
export type GlobToken = string | typeof ANY_CHARACTER | typeof ANY_TEXT | CharacterSet;

/** `?` */
export const ANY_CHARACTER = Symbol('?');
/** `*` */
export const ANY_TEXT = Symbol('*');

/** `[…]` and `[!…]`: ranges of code points, both ends included. */
export interface CharacterSet {
  readonly not: boolean;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/** What a pattern is made of before its braces are expanded. */
export type GlobPiece = GlobToken | typeof OPEN | typeof COMMA | typeof CLOSE;

/** `{` that opens a list. */
export const OPEN = Symbol('{');
/** `,` */
export const COMMA = Symbol(',');
/** `}` that closes a list. */
export const CLOSE = Symbol('}');

/**
 * Reads a glob, character by character. Braces and commas are told apart later: a comma may be outside of braces.
 *
 * @throws CacheKeyError if a set is not closed, is empty, runs backwards or names a class, or the pattern ends in `\`
 */
export function globPieces(pattern: string): GlobPiece[] {
  const characters = Array.from(pattern);
  const pieces: GlobPiece[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '\\') pieces.push(escapedAt(characters, ++at, pattern));
    else if (character === '[') {
      const end = setEnd(characters, at, pattern);
      pieces.push(setBetween(characters, at + 1, end, pattern));
      at = end;
    } else pieces.push(SIGNS[character] ?? character);
  }
  return pieces;
}

/** The error for a pattern that cannot be read. */
export function patternError(pattern: string, reason: string): CacheKeyError {
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
  return new CacheKeyError(
    `pattern '${shown}' ${reason}. Allowed: *, ?, […], [!…], {a,b}, and \\ before a character that stands for itself.`,
  );
}

const SIGNS: Readonly<Record<string, GlobPiece>> = Object.assign(Object.create(null), {
  '*': ANY_TEXT,
  '?': ANY_CHARACTER,
  '{': OPEN,
  ',': COMMA,
  '}': CLOSE,
});

function escapedAt(characters: readonly string[], at: number, pattern: string): string {
  const character = characters[at];
  if (character === undefined) throw patternError(pattern, 'ends in a single \\');
  return character;
}

// As in a shell: a `]` that comes first stands for itself.
function setEnd(characters: readonly string[], open: number, pattern: string): number {
  let at = open + 1;
  if (isNegation(characters[at])) at++;
  if (characters[at] === ']') at++;
  for (; at < characters.length; at++) {
    if (characters[at] === ']') return at;
    if (characters[at] === '\\') at++;
    else if (characters[at] === '[' && ':.='.includes(characters[at + 1] ?? ' ')) {
      throw patternError(pattern, `names a class of characters ('[${characters[at + 1]}')`);
    }
  }
  throw patternError(pattern, "has a '[' that is never closed");
}

function setBetween(characters: readonly string[], from: number, end: number, pattern: string): CharacterSet {
  const not = isNegation(characters[from]);
  const ranges: [number, number][] = [];
  let at = not ? from + 1 : from;
  const next = (): number => {
    const character = characters[at] === '\\' ? escapedAt(characters, ++at, pattern) : characters[at];
    at++;
    return (character as string).codePointAt(0) as number;
  };
  while (at < end) {
    const first = next();
    const isRange = characters[at] === '-' && at + 1 < end;
    if (isRange) at++;
    const last = isRange ? next() : first;
    if (last < first) throw patternError(pattern, 'has a range that runs backwards');
    ranges.push([first, last]);
  }
  return { not, ranges };
}

function isNegation(character: string | undefined): boolean {
  return character === '!' || character === '^';
}
