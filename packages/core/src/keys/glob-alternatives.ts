import { expandBraces } from '#braces';
import {
  CLOSE,
  COMMA,
  type GlobPiece,
  type GlobToken,
  globPieces,
  OPEN,
  patternError,
} from './glob-syntax.js';

const MAX_ALTERNATIVES = 64;
const SIGN = new Map<GlobPiece, string>([
  [OPEN, '{'],
  [COMMA, ','],
  [CLOSE, '}'],
]);

/**
 * The globs without braces that `pattern` stands for: one, or one per alternative.
 *
 * The alternatives are counted before they are made: a short pattern can stand for billions.
 *
 * @throws CacheKeyError for braces that do not match, a range (`{1..9}`), or more than 64 alternatives
 */
export function globAlternatives(pattern: string): GlobToken[][] {
  const pieces = plainBraces(globPieces(pattern), pattern);
  if (!pieces.includes(OPEN)) return [pieces as GlobToken[]];
  if (alternativesIn(pieces) > MAX_ALTERNATIVES) {
    throw patternError(pattern, `stands for more than ${MAX_ALTERNATIVES} alternatives`);
  }
  const { text, runs } = skeleton(pieces);
  return Array.from(expandBraces(text), (line) =>
    Array.from(line.matchAll(/\d+/g)).flatMap(([run]) => runs[Number(run)] ?? []),
  );
}

/** The same pieces, with the braces and commas that make no list turned into literals. */
function plainBraces(pieces: readonly GlobPiece[], pattern: string): GlobPiece[] {
  const result = [...pieces];
  const open: { at: number; commas: number }[] = [];
  pieces.forEach((piece, at) => {
    if (piece === OPEN) open.push({ at, commas: 0 });
    const inner = open.at(-1);
    if (piece === COMMA && inner !== undefined) inner.commas++;
    if (piece === COMMA && inner === undefined) result[at] = ',';
    if (piece !== CLOSE) return;
    const list = open.pop();
    if (list === undefined)
      throw patternError(pattern, "has a '}' that closes nothing; write '\\}' for the character");
    if (list.commas > 0) return;
    refuseRange(pieces.slice(list.at + 1, at), pattern);
    result[list.at] = '{';
    result[at] = '}';
  });
  if (open.length > 0)
    throw patternError(pattern, "has a '{' that is never closed; write '\\{' for the character");
  return result;
}

function refuseRange(content: readonly GlobPiece[], pattern: string): void {
  const isRange = content.some((piece, at) => piece === '.' && content[at + 1] === '.');
  if (isRange) throw patternError(pattern, 'has a range in braces; write a list such as {1,2,3}, or [1-3]');
}

/** How many texts the lists stand for: a product of sums. Saturates, so that it cannot overflow. */
function alternativesIn(pieces: readonly GlobPiece[]): number {
  const outer: { sum: number; product: number }[] = [];
  let level = { sum: 0, product: 1 };
  for (const piece of pieces) {
    if (piece === OPEN) {
      outer.push(level);
      level = { sum: 0, product: 1 };
    } else if (piece === COMMA) level = { sum: level.sum + level.product, product: 1 };
    else if (piece === CLOSE) {
      const list = level.sum + level.product;
      level = outer.pop() as typeof level;
      level.product = Math.min(level.product * list, Number.MAX_SAFE_INTEGER);
    }
  }
  return level.product;
}

/**
 * The lists alone, with `<n>` for the n-th run of other tokens. The expander sees nothing else: micromatch takes quotes,
 * `$`, parentheses and brackets for syntax of its own, and drops some characters.
 */
function skeleton(pieces: readonly GlobPiece[]): { text: string; runs: GlobToken[][] } {
  const runs: GlobToken[][] = [[]];
  let text = '<0>';
  for (const piece of pieces) {
    const sign = SIGN.get(piece);
    if (sign === undefined) runs.at(-1)?.push(piece as GlobToken);
    else text += `${sign}<${runs.push([]) - 1}>`;
  }
  return { text, runs };
}
