import { kindOf } from '../keys/internals.js';
import { decodePart } from '../keys/key-part.js';
import type { ExplainedError } from './explanation.js';

const UNITS = [
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
] as const;

/** A length of time for human eyes: '250 ms', '1.2 s', '4 min'. */
export function inWords(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'forever';
  let text = '';
  for (const [i, [unit, length]] of UNITS.entries()) {
    const amount = rounded(ms / length);
    const next = UNITS[i + 1]?.[1] ?? Number.POSITIVE_INFINITY;
    text = `${amount} ${unit}`;
    if (amount * length < next) break;
  }
  return text;
}

/** How much longer something lasts. */
export function forAnother(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? 'for ever' : `for another ${inWords(ms)}`;
}

/** Tags that the cache sets itself start with a sign that no user's tag has. */
export function isImplicit(tag: string): boolean {
  return tag.startsWith('\0');
}

/** A tag as its user knows it. */
export function tagInWords(tag: string): string {
  if (!isImplicit(tag)) return tag;
  if (tag.startsWith('\0f:')) return 'the whole function';
  const [, ...names] = tag.slice('\0n:'.length).split('/');
  if (names.length === 0) return 'the whole cache';
  return `namespace '${names.map((name) => decodePart(name) ?? name).join('/')}'`;
}

/** Of an error no more than its class and its message: other properties may be anything. */
export function explainedError(error: unknown): ExplainedError {
  if (isError(error)) return { name: classOf(error), message: String(error.message) };
  return { name: typeof error, message: typeof error === 'string' ? error : '' };
}

/** Of another realm too. */
function isError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && kindOf(error) === 'Error';
}

function classOf(error: Error): string {
  const name = error.constructor?.name ?? '';
  return name === '' || name === 'Error' ? String(error.name) : name;
}

/** Two digits at least say enough. */
function rounded(amount: number): number {
  return amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount);
}
