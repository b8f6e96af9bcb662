import type { Clock } from 'keepsake';
import type { Delays } from './delays.js';
import { normal, type Random } from './random.js';
import { isWithin, type Scenario } from './scenario.js';

/** A row. Every change makes a new version of it. */
export interface Product {
  readonly id: number;
  readonly version: number;
  readonly isBestseller: boolean;
}

export interface DatabaseOptions {
  readonly clock: Clock;
  readonly delays: Delays;
  readonly random: Random;
  readonly scenario: Scenario;
  /** When the scenario starts, by the clock. */
  readonly startsAt: number;
  /** Told of each query for a product, when it is sent. */
  readonly onQuery: (fails: boolean) => void;
}

/** Queries take this long by the median, in ms; the spread of the logarithm makes the tail: one in a hundred takes 3 times that. */
const USUAL = { median: 20, spread: 0.5 };
const SLOW = { median: 3000, spread: 0.25 };
/** How long the driver tries to connect to a database that is down, in ms. */
const CONNECT_TIMEOUT = 2000;

/** A model of a database on a clock: rows with versions, and an answer time that depends on how the database is. */
export class Database {
  readonly #options: DatabaseOptions;
  /** By product: when each version was replaced. */
  readonly #replacedAt: number[][];

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#replacedAt = Array.from({ length: options.scenario.products }, () => []);
  }

  /** The row as it is when the answer is sent. */
  async find(id: number): Promise<Product> {
    this.#options.onQuery(this.#isDown);
    await this.#answered();
    return this.#row(id);
  }

  /** The new row. */
  async change(id: number): Promise<Product> {
    await this.#answered();
    this.#replacedAt[id]?.push(this.#options.clock.now());
    return this.#row(id);
  }

  /** For how long `product` has not been what the database holds, in ms; 0 if it is. */
  staleness({ id, version }: Product): number {
    const replacedAt = this.#replacedAt[id]?.[version];
    return replacedAt === undefined ? 0 : this.#options.clock.now() - replacedAt;
  }

  #row(id: number): Product {
    const { bestsellers } = this.#options.scenario;
    return { id, version: this.#replacedAt[id]?.length ?? 0, isBestseller: id < bestsellers };
  }

  get #second(): number {
    return (this.#options.clock.now() - this.#options.startsAt) / 1000;
  }

  get #isDown(): boolean {
    return isWithin(this.#options.scenario.down, this.#second);
  }

  async #answered(): Promise<void> {
    const { delays } = this.#options;
    if (!this.#isDown) return delays.after(this.#answerTime());
    await delays.after(CONNECT_TIMEOUT);
    throw new Error('The database does not answer.');
  }

  #answerTime(): number {
    const { scenario, random } = this.#options;
    const { median, spread } = isWithin(scenario.slow, this.#second) ? SLOW : USUAL;
    return Math.round(median * Math.exp(spread * normal(random)));
  }
}
