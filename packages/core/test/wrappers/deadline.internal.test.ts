import type { Clock } from '@keepsake/core';
import { withDeadline } from '../../src/wrappers/deadline.js';

/** A clock of a process that may be too busy to run a timer when it is due. */
class BusyClock implements Clock {
  #now = 0;
  readonly #timers = new Map<object, { readonly dueAt: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delay: number, task: () => void): { cancel(): void } {
    const timer = { dueAt: this.#now + delay, task };
    this.#timers.set(timer, timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** The process does nothing else for `length` ms; then it runs what is due, once. */
  async busyFor(length: number): Promise<void> {
    this.#now += length;
    const due = [...this.#timers.values()].filter(({ dueAt }) => dueAt <= this.#now);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.task();
    }
    await new Promise((settled) => setImmediate(settled));
  }
}

describe('a deadline', () => {
  let clock: BusyClock;
  let outcome: string | undefined;
  let answer: (value: string) => void;

  beforeEach(() => {
    clock = new BusyClock();
    outcome = undefined;
    const work = new Promise<string>((resolve) => {
      answer = resolve;
    });
    void Promise.resolve(withDeadline(work, 250, clock, () => new Error('late'))).then(
      (value) => (outcome = value),
      (error: Error) => (outcome = error.message),
    );
  });

  it('rejects when it has passed in a process that was idle', async () => {
    await clock.busyFor(250);
    expect(outcome).toBeUndefined();
    await clock.busyFor(0);
    expect([outcome, clock.pending]).toEqual(['late', 0]);
  });

  it('gives back the time in which the process was busy', async () => {
    await clock.busyFor(400);
    await clock.busyFor(149);
    answer('in time');
    await clock.busyFor(0);
    expect([outcome, clock.pending]).toEqual(['in time', 0]);
  });

  it('gives back no more than its own length', async () => {
    await clock.busyFor(60_000);
    await clock.busyFor(250);
    expect([outcome, clock.pending]).toEqual(['late', 0]);
  });

  it('has no timer left once it was met', async () => {
    answer('in time');
    await clock.busyFor(1);
    expect([outcome, clock.pending]).toEqual(['in time', 0]);
  });
});
