import type { Awaitable } from '../contract/awaitable.js';

/** Remembers, along the promises that a load makes, which keys are being loaded. */
export interface LoadTrail {
  /** Does `work`, and all that follows from it until its result settles, as part of the load of `key`. */
  run<T>(key: string, work: () => Awaitable<T>): Awaitable<T>;
  /** Does `work`, and all that follows from it, as part of no load: nobody waits for it. */
  leave<T>(work: () => T): T;
  /** Whether what runs now is part of a load of `key`. */
  includes(key: string): boolean;
}
