/** Remembers, along the promises that a load makes, which keys are being loaded. */
export interface LoadTrail {
  /** Does `work`, and all that follows from it, as part of the load of `key`. */
  run<T>(key: string, work: () => T): T;
  /** Whether what runs now is part of a load of `key`. */
  includes(key: string): boolean;
}
