import { globAlternatives } from './glob-alternatives.js';
import { globMatches } from './glob-match.js';
import { type GlobToken, patternError } from './glob-syntax.js';

/** A pattern for keys, ready to use. */
export interface KeyPattern {
  /** Whether the pattern matches the whole of `key` (a RegExp: any part of it). */
  test(key: string): boolean;
  /** What every key that matches literally starts with: `''` if nothing is known. */
  readonly prefix: string;
}

/** Longer patterns are refused: what it costs to match is bounded by length × length of the key. */
const MAX_LENGTH = 1024;

/**
 * Reads a pattern for keys. `*` stands for any text, `?` for one character, `[a-z]` and `[!a-z]` for one of a set,
 * `{a,b}` for alternatives (at most 64), `\` takes the next character literally. `*` and `?` cross everything, `:` and
 * `/` too. All else stands for itself. Matching a key takes linear space and at most length × length time.
 *
 * @throws CacheKeyError if the pattern is empty, malformed, longer than 1024 or stands for more than 64 alternatives
 * @example
 * ```ts
 * import { compilePattern } from '@keepsake/core';
 * const pattern = compilePattern('user:{42,43}:*');
 * pattern.test('user:42:name'); // true
 * pattern.prefix; // 'user:4'
 * ```
 */
export function compilePattern(pattern: string | RegExp): KeyPattern {
  if (typeof pattern !== 'string') return { test: tester(pattern), prefix: '' };
  if (pattern === '') throw patternError(pattern, 'is empty');
  if (pattern.length > MAX_LENGTH) throw patternError(pattern, `is longer than ${MAX_LENGTH} characters`);
  const globs = globAlternatives(pattern);
  const prefix = globs.map(literalStart).reduce(commonStart);
  return {
    test: (key) => key.startsWith(prefix) && globs.some((glob) => globMatches(glob, key)),
    prefix,
  };
}

// A copy of its own, set back before each key: a global or sticky expression remembers where it was.
function tester(expression: RegExp): (key: string) => boolean {
  const own = new RegExp(expression.source, expression.flags);
  return (key) => {
    own.lastIndex = 0;
    return own.test(key);
  };
}

function literalStart(glob: readonly GlobToken[]): string {
  const end = glob.findIndex((token) => typeof token !== 'string');
  return (end === -1 ? glob : glob.slice(0, end)).join('');
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
