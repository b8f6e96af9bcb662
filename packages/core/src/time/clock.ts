/**
 * The only source of time. Nothing else in the toolkit reads `Date.now` or sets a timer, so that a test can hold the
 * hand (`manualClock` of `@keepsake/testing`).
 */
export interface Clock {
  /** Epoch ms. Never runs backwards, whatever happens to the wall clock. */
  now(): number;
  /** Runs `task` once, `delay` ms from now. The timer keeps no process alive unless `holds` is set. */
  after(delay: number, task: () => void, holds?: 'holds'): Timer;
}

/** A pending `Clock.after`. */
export interface Timer {
  cancel(): void;
}

/** The longest delay a timer of the platform can take without overflowing (about 24.8 days). */
const LONGEST_DELAY = 2 ** 31 - 1;

/** When the platform's monotonic clock was zero, by the wall clock of that moment. */
const STARTED_AT = performance.timeOrigin;

/**
 * The clock of this process: the wall clock at its start, advanced by the platform's monotonic clock.
 * A wall clock that is set back or forward later changes nothing.
 */
export const systemClock: Clock = {
  now: () => STARTED_AT + performance.now(),
  after(delay, task, holds) {
    let cancel = (): void => undefined;
    const wait = (left: number): void => {
      const step = Math.min(Math.max(0, left), LONGEST_DELAY);
      cancel = platformTimer(step, () => (left > step ? wait(left - step) : task()), holds);
    };
    wait(delay);
    return { cancel: () => cancel() };
  },
};

/** The function that cancels it. */
function platformTimer(delay: number, task: () => void, holds: 'holds' | undefined): () => void {
  const timer = setTimeout(task, delay) as unknown;
  if (!holds) (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
