import type { Clock } from '@keepsake/core';

interface Pending {
  readonly dueAt: number;
  readonly task: () => void;
}

/** What is this far away, in ms, happens only when nothing else is left to happen: whoever relies on it was not woken. */
const FAR = 1000;

/**
 * The time of all nodes and of their server. It stands still but for its timers: the earliest goes off when the scheduler
 * says so, and moves the hand on to the moment it was set for.
 */
export class Time {
  /** How often nothing but a timer was left that is a second or more away. */
  slept = 0;
  readonly clock: Clock;
  readonly #pause: (label: string) => Promise<void>;
  readonly #pending = new Set<Pending>();
  #now = 0;
  #isTicking = false;
  #isCalm = false;

  /** @param pause - resolves when the scheduler says so */
  constructor(pause: (label: string) => Promise<void>) {
    this.#pause = pause;
    this.clock = {
      now: () => this.#now,
      after: (delay, task) => {
        const timer = { dueAt: this.#now + Math.max(0, delay), task };
        if (timer.dueAt !== Number.POSITIVE_INFINITY) this.#pending.add(timer);
        this.#tick();
        return { cancel: () => this.#pending.delete(timer) };
      },
    };
  }

  /** Lets `length` ms pass, in which nothing happens. */
  pass(length: number): void {
    this.#now += length;
    this.#tick();
  }

  /** From now on whatever is under way is faster than any timer. */
  calm(): void {
    this.#isCalm = true;
  }

  /** Nothing is under way: goes on to the next timer, if it is near; `false` if there is none. */
  wait(): boolean {
    const next = this.#near();
    if (next) this.#fire(next);
    return next !== undefined;
  }

  /** As `wait`, however far away that is. */
  sleep(): boolean {
    const next = this.#next();
    if (!next) return false;
    this.slept++;
    this.#fire(next);
    return true;
  }

  #tick(): void {
    if (this.#isTicking || this.#isCalm || !this.#near()) return;
    this.#isTicking = true;
    void this.#pause('time').then(() => {
      this.#isTicking = false;
      this.wait();
    });
  }

  #fire(timer: Pending): void {
    this.#pending.delete(timer);
    this.#now = Math.max(this.#now, timer.dueAt);
    timer.task();
    this.#tick();
  }

  #near(): Pending | undefined {
    const next = this.#next();
    return next && next.dueAt - this.#now < FAR ? next : undefined;
  }

  #next(): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#pending) if (!next || timer.dueAt < next.dueAt) next = timer;
    return next;
  }
}
