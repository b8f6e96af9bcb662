/**
 * The clock that all processes of a run read: ms since `origin`.
 *
 * @param origin - what `process.hrtime.bigint()` was in one of them
 */
export function sharedClock(origin: bigint): () => number {
  return () => Number(process.hrtime.bigint() - origin) / 1e6;
}

/** Nothing happens for `ms`; real time, as in all of these checks. */
export function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
