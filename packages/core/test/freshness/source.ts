import type { LoaderContext } from '@keepsake/core';
import type { ManualClock } from '@keepsake/testing';
import type { Trace } from './trace.js';

/** How one load goes. */
export interface Course {
  /** In ms; `Infinity`: it never settles. @default 10 */
  readonly takes?: number;
  /** What it rejects with, in place of a value. */
  readonly fails?: unknown;
  /** Whether it rejects as soon as its signal is aborted. */
  readonly heeds?: boolean;
  /** Whether it never asks for its signal. */
  readonly deaf?: boolean;
}

/** What is behind the cache: its `n`-th load gives `'v<n>'`, takes as long as the test says, and is noted. */
export class Source {
  /** How many loads have begun. */
  begun = 0;
  readonly #clock: ManualClock;
  readonly #trace: Trace;
  #courses: Course[] = [];

  constructor(clock: ManualClock, trace: Trace) {
    this.#clock = clock;
    this.#trace = trace;
  }

  /** How the next loads go; those after them are as usual. */
  next(...courses: readonly Course[]): void {
    this.#courses = [...courses];
  }

  /** The loader. */
  readonly load = (context?: Pick<LoaderContext<string>, 'signal'>): Promise<string> => {
    const name = `load ${++this.begun}`;
    const value = `v${this.begun}`;
    const course = this.#courses.shift() ?? {};
    this.#trace.note(name);
    return new Promise((resolve, reject) => {
      const signal = course.deaf ? undefined : context?.signal;
      signal?.addEventListener('abort', () => {
        const reason: unknown = signal.reason;
        this.#trace.note(`${name} aborted`);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as a fetch would
        if (course.heeds) reject(reason);
      });
      const { takes = 10 } = course;
      if (takes === Number.POSITIVE_INFINITY) return;
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the test says
      this.#clock.after(takes, () => ('fails' in course ? reject(course.fails) : resolve(value)));
    });
  };
}
