import type { Disturbance } from './history.js';

/** How long after an acknowledgement another process may read what was before, in ms. */
export interface Limits {
  /** Where nothing was disturbed. */
  readonly calm: number;
  /** After the end of a disturbance. */
  readonly disturbed: number;
}

/** From when, and how long from then on, a reader may still be behind: in its own time. */
export interface Deadline {
  readonly from: number;
  readonly within: number;
}

/**
 * By when `process` has to follow an invalidation that was acknowledged at an instant.
 *
 * A disturbance excuses it only if it can have held up this very invalidation: it was on at the acknowledgement, began
 * within the calm limit after it, or had ended less than the disturbed limit before it. Those that come later do not,
 * however many there are. All of that is counted in the process' own `time`: while it was blocked it could not follow.
 */
export function deadlinesOf(
  process: number,
  disturbances: readonly Disturbance[],
  time: (instant: number) => number,
  { calm, disturbed }: Limits,
): (acknowledged: number) => Deadline {
  const own = disturbances
    .filter((disturbance) => (disturbance.process ?? process) === process)
    .map(({ from, to }) => ({ from: time(from), to: time(to) }));
  return (instant) => {
    const acknowledged = time(instant);
    const excuses = own.filter(
      ({ from, to }) => from <= acknowledged + calm && to >= acknowledged - disturbed,
    );
    return excuses.length === 0
      ? { from: acknowledged, within: calm }
      : { from: Math.max(acknowledged, ...excuses.map(({ to }) => to)), within: disturbed };
  };
}
