import { ANY_CHARACTER, ANY_TEXT, type CharacterSet, type GlobToken } from './glob-syntax.js';

/**
 * Whether `glob` matches the whole of `text`.
 *
 * Only the last star ever takes more: what an earlier one could take instead, the later one can take too. So there is
 * one place to go back to, no recursion, and never more than length × length steps
 * (Cox, "Glob Matching Can Be Simple And Fast Too", 2017).
 */
export function globMatches(glob: readonly GlobToken[], text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let starEnd = 0;
  while (at < text.length || next < glob.length) {
    if (glob[next] === ANY_TEXT) {
      star = next++;
      starEnd = at;
      continue;
    }
    const taken =
      at < text.length && next < glob.length ? widthMatched(glob[next] as GlobToken, text, at) : 0;
    if (taken > 0) {
      at += taken;
      next++;
      continue;
    }
    if (star === -1 || starEnd >= text.length) return false;
    starEnd += widthAt(text, starEnd);
    at = starEnd;
    next = star + 1;
  }
  return true;
}

/** How much of `text` the token takes at `at`; 0 if it does not match. */
function widthMatched(token: GlobToken, text: string, at: number): number {
  if (typeof token === 'string') return text.startsWith(token, at) ? token.length : 0;
  if (token === ANY_CHARACTER) return widthAt(text, at);
  return has(token as CharacterSet, text.codePointAt(at) as number) ? widthAt(text, at) : 0;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
}

function has(set: CharacterSet, code: number): boolean {
  return set.ranges.some(([from, to]) => code >= from && code <= to) !== set.not;
}
