import type { Stage } from './stage.js';
import type { Outcome } from './subject-process.js';

/** What was measured: a number, or in a word what happened in its place. */
export type Figure = number | string;

/** What has to hold of a figure. */
export interface Bound {
  readonly holds: (figure: Figure, leniency: number) => boolean;
  /** The bound as the table shows it. */
  readonly text: string;
  readonly unit: string;
}

/** What can go wrong, how that is done here, and what has to hold then. */
export interface Fault<K extends string = string> {
  readonly section: 'Redis' | 'Time and concurrency';
  /** The row. */
  readonly name: string;
  /** What is done, in words. */
  readonly how: string;
  /** Takes less than about 2 s with a cache that does not hang. */
  readonly quick?: true;
  /** What holds of each figure with Keepsake. */
  readonly bounds: Readonly<Record<K, Bound>>;
  run(stage: Stage): Promise<Readonly<Record<K, Figure>>>;
}

/** Sees to it that every figure has its bound. */
export function fault<K extends string>(given: Fault<K>): Fault {
  return given;
}

/** At most `limit` ms. Only this kind of bound is wider on a busy machine. */
export function ms(limit: number): Bound {
  return {
    holds: (figure, leniency) => typeof figure === 'number' && figure <= limit * leniency,
    text: `≤ ${limit} ms`,
    unit: 'ms',
  };
}

export function atMost(limit: number, unit = ''): Bound {
  return {
    holds: (figure) => typeof figure === 'number' && figure <= limit,
    text: `≤ ${limit}${unit && ` ${unit}`}`,
    unit,
  };
}

export function atLeast(limit: number, unit = ''): Bound {
  return {
    holds: (figure) => typeof figure === 'number' && figure >= limit,
    text: `≥ ${limit}${unit && ` ${unit}`}`,
    unit,
  };
}

export function exactly(value: Figure): Bound {
  return { holds: (figure) => figure === value, text: String(value), unit: '' };
}

/** Nothing is promised of it. */
export function shown(unit: string): Bound {
  return { holds: () => true, text: 'nothing', unit };
}

/** How long the calls of an order took, or what kept them from coming to an end. */
export function took(outcome: Outcome): Figure {
  return trouble(outcome) ?? ('died' in outcome ? outcome.died : rounded(outcome.ms));
}

/** `look` at the answer, if the order came to a good end. */
export function seen(outcome: Outcome, look: (value: unknown) => Figure): Figure {
  return trouble(outcome) ?? ('died' in outcome ? outcome.died : look(outcome.values[0]));
}

/** What went wrong with an order, if anything did. */
function trouble(outcome: Outcome): string | undefined {
  if ('died' in outcome) return outcome.died;
  if (outcome.missing) return 'not offered';
  if (outcome.hung > 0) return outcome.values.length > 1 ? `${outcome.hung} hang` : 'hangs';
  if (outcome.errors.length === 0) return undefined;
  const count = outcome.values.length > 1 ? `${outcome.errors.length} throw` : 'throws';
  return `${count} after ${rounded(outcome.ms)} ms`;
}

export function rounded(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}
