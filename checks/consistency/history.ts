/**
 * What happened in a run. Instants are ms since an origin that all processes share: Node reads CLOCK_MONOTONIC for
 * `process.hrtime`, which on Linux is one clock for the whole machine (`Fleet.start` checks it).
 */
export interface History {
  readonly reads: readonly Read[];
  readonly writes: readonly Write[];
  readonly blocked: readonly Blocked[];
  readonly disturbances: readonly Disturbance[];
  /** What every process read when all was quiet again. */
  readonly last: readonly Read[];
  /** The version of every key at that moment. */
  readonly truth: Readonly<Record<string, number>>;
}

/** A read that gave a value. */
export interface Read {
  readonly process: number;
  readonly client: number;
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** The version of the truth that the value was loaded from. */
  readonly version: number;
}

/** A change of the truth with the invalidation behind it. */
export interface Write {
  readonly process: number;
  readonly client: number;
  readonly key: string;
  /** The method of the cache. */
  readonly via: string;
  /** The version that the truth has from `bumped` on at the latest. */
  readonly version: number;
  readonly start: number;
  readonly bumped: number;
  /** When the invalidation resolved; `undefined` if it rejected, as a strict one may. */
  readonly acknowledged: number | undefined;
}

/** The event loop of `process` did not turn. */
export interface Blocked {
  readonly process: number;
  readonly from: number;
  readonly to: number;
}

/** Something was broken on purpose. */
export interface Disturbance {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** The only process that it concerns; all of them if unsaid. */
  readonly process?: number;
}
