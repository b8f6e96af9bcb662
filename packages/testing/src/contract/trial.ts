import { type Backend, type Capability, type Clock, type Entry, systemClock } from '@keepsake/core';
import type { ManualClock } from '../manual-clock.js';
import { difference } from './difference.js';

/** How time passes for the backend under trial: by a clock in our hand, or by itself. */
export type Time =
  | { readonly kind: 'virtual'; readonly clock: ManualClock }
  | { readonly kind: 'real'; readonly clock: Clock };

/** What is known of the backend under trial. */
export interface TrialOptions {
  readonly time: Time;
  /** By how many ms an instant that comes back may differ from the one that was given. */
  readonly tolerance: number;
  /** Which values must be kept; others may be refused instead. */
  readonly values: 'all' | 'json';
  /** Fails the case unless `problem` is `undefined`. */
  readonly expectNone: (problem: string | undefined) => void;
}

/** How long something that takes real time may take, in ms. */
const DEADLINE = 3000;

/** How much later than its time something real is sure to have happened, in ms. */
const GRACE = 150;

/** One case on one backend. Says what a case needs to say, in virtual and in real time alike. */
export class Trial<K extends Capability = never> {
  readonly backend: Backend & Required<Pick<Backend, K>>;
  /** A short life, in ms. */
  readonly life: number;
  readonly values: 'all' | 'json';
  readonly #options: TrialOptions;

  constructor(backend: Backend & Required<Pick<Backend, K>>, options: TrialOptions) {
    this.backend = backend;
    this.values = options.values;
    this.life = options.time.kind === 'virtual' ? 1000 : 400;
    this.#options = options;
  }

  /** Whether time can be moved: far futures can be seen only then. */
  get virtual(): boolean {
    return this.#options.time.kind === 'virtual';
  }

  now(): number {
    return Math.floor(this.#options.time.clock.now());
  }

  /** An entry that lives `ttl` ms from now, a minute if unsaid. */
  entry(value: unknown, ttl = 60_000): Entry {
    const now = this.now();
    return { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
  }

  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    await this.backend.set(key, this.entry(value, ttl));
  }

  /** Lets `ms` pass. In real time, a little more. */
  async pass(ms: number): Promise<void> {
    const { time } = this.#options;
    if (time.kind === 'virtual') await time.clock.advance(ms);
    else await wait(ms + GRACE);
  }

  /** Lets `ms` pass, after which `key` must be gone; a real server may be late by its own reckoning, not for long. */
  async expire(key: string, ms: number = this.life): Promise<void> {
    await this.pass(ms);
    const deadline = this.now() + DEADLINE;
    while (!this.virtual && this.now() < deadline && (await this.backend.get(key))) await wait(20);
    await this.missing(key);
  }

  /** `key` must be a miss. */
  async missing(key: string): Promise<void> {
    this.equal(`get(${JSON.stringify(key)})`, await this.backend.get(key), undefined);
  }

  /** `key` must hold `value`. */
  async holds(key: string, value: unknown): Promise<void> {
    const entry = await this.backend.get(key);
    this.equal(`get(${JSON.stringify(key)})`, entry ? { value: entry.value } : entry, { value });
  }

  /** `actual` must be `expected`, its instants within the tolerance. */
  sameEntry(what: string, actual: Entry | undefined, expected: Entry): void {
    this.equal(what, actual && this.#rounded(actual, expected), expected);
  }

  /** The two must be deep-equal. */
  equal(what: string, actual: unknown, expected: unknown): void {
    const problem = difference(actual, expected);
    this.#options.expectNone(problem && `${what}: ${problem}`);
  }

  /** What `keys(prefix)` lists, sorted. */
  async keys(prefix?: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const key of this.backend.keys(prefix)) keys.push(key);
    return keys.sort();
  }

  #rounded(actual: Entry, expected: Entry): Entry {
    const near = (instant: number, to: number): number =>
      Math.abs(instant - to) <= this.#options.tolerance ? to : instant;
    return {
      ...actual,
      createdAt: near(actual.createdAt, expected.createdAt),
      staleAt: near(actual.staleAt, expected.staleAt),
      expiresAt: near(actual.expiresAt, expected.expiresAt),
    };
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve, 'holds'));
}
