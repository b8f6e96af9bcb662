import { CacheConfigError, type Clock, type Duration, milliseconds, type Timer } from '@keepsake/core';

/** A clock whose hand the test holds. Nothing waits for real. */
export interface ManualClock extends Clock {
  /** Timers that have not run yet. */
  readonly pending: number;
  /**
   * Moves on by `by`. Timers that fall due run in their order, each at its own instant, with all promise reactions settled
   * before the next one; so do timers set meanwhile. `0` runs what is due now and settles reactions.
   */
  advance(by: Duration): Promise<void>;
  /**
   * Jumps to the instant `at` and runs nothing, as when a process was suspended: what fell due runs, late, at the next `advance`.
   *
   * @throws CacheConfigError if `at` lies in the past; a clock never runs backwards
   */
  set(at: number): void;
}

/** 2026-01-01T00:00:00Z: any instant would do, as long as it is always the same. */
const START = 1_767_225_600_000;

/** How many promise reactions deep one step settles. */
const REACTIONS = 100;

/**
 * A `Clock` that stands still until it is moved.
 *
 * @example
 * ```ts
 * import { memory } from '@keepsake/memory';
 * import { manualClock } from '@keepsake/testing';
 * const clock = manualClock();
 * const backend = memory({ clock });
 * const now = clock.now();
 * backend.set('k', { value: 1, createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 });
 * await clock.advance('1m');
 * backend.get('k'); // undefined
 * ```
 */
export function manualClock(startAt = START): ManualClock {
  return new SteppedClock(startAt);
}

interface Alarm {
  readonly at: number;
  readonly task: () => void;
}

class SteppedClock implements ManualClock {
  #now: number;
  /** In the order they fall due; those of one instant in the order they were set. */
  readonly #alarms: Alarm[] = [];

  constructor(startAt: number) {
    this.#now = startAt;
  }

  get pending(): number {
    return this.#alarms.length;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, task: () => void): Timer {
    const alarm = { at: this.#now + Math.max(0, delay), task };
    const later = this.#alarms.findIndex((other) => other.at > alarm.at);
    this.#alarms.splice(later < 0 ? this.#alarms.length : later, 0, alarm);
    return { cancel: () => this.#remove(alarm) };
  }

  async advance(by: Duration): Promise<void> {
    const end = this.#now + (by === 0 ? 0 : milliseconds(by, 'advance'));
    await settled();
    for (let next = this.#due(end); next; next = this.#due(end)) {
      this.#remove(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  set(at: number): void {
    if (!(at >= this.#now)) {
      throw new CacheConfigError(
        `manualClock: cannot be set to ${at}. Allowed: an instant from ${this.#now} on.`,
      );
    }
    this.#now = at;
  }

  #due(end: number): Alarm | undefined {
    const next = this.#alarms[0];
    return next && next.at <= end ? next : undefined;
  }

  #remove(alarm: Alarm): void {
    const at = this.#alarms.indexOf(alarm);
    if (at >= 0) this.#alarms.splice(at, 1);
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < REACTIONS; i++) await Promise.resolve();
}
