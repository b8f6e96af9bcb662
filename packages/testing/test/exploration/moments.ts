import type { Scheduler } from 'fast-check';
import { Time } from './time.js';

/** More than any of these programs needs, by far. */
const MOST = 20_000;

/** One thing after the other, as the scheduler picks them. */
export class Moments {
  readonly time: Time;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.time = new Time(this.pause);
  }

  /** Resolves when the scheduler says so. */
  readonly pause = async (label: string): Promise<void> => {
    await this.#scheduler.schedule(Promise.resolve(), label);
  };

  /** Lets things happen until `work` is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    work.then(end, end);
    for (let count = 0; count < MOST; count++) {
      const happened = await this.#next(() => isOver);
      if (isOver) return work;
      if (!happened && !this.time.sleep()) throw new Error('something waits for nothing');
    }
    throw new Error('something never ends');
  }

  /** Lets things happen until nothing is left but what is far away. */
  async rest(): Promise<void> {
    for (let count = 0; count < MOST; count++) if (!(await this.#next(() => false))) return;
    throw new Error('something never comes to rest');
  }

  /** One thing happens, unless there is nothing left that could, or `isOver`. */
  async #next(isOver: () => boolean): Promise<boolean> {
    // What follows from the last one happens first: it takes promises only.
    for (let turns = 0; turns < 50 && !isOver(); turns++) await Promise.resolve();
    if (this.#scheduler.count() === 0) await new Promise((resolve) => setImmediate(resolve));
    if (isOver()) return true;
    if (this.#scheduler.count() === 0) return this.time.wait();
    await this.#scheduler.waitOne();
    return true;
  }
}
