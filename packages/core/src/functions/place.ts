/** `cache.cached(…)` and `cache.cachedBatch(…)` in a stack: whoever called that is meant. */
const METHOD_OF_CACHE = /\bat \w*Cache\.cached(Batch)?\b/;

/** Where the caller of `below` stands in the source, as the runtime writes it; for messages. */
export function placeOfCaller(below: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  const runtime = Error as unknown as { captureStackTrace?: (holder: object, below: unknown) => void };
  runtime.captureStackTrace?.(holder, below);
  const frames = holder.stack?.split('\n').slice(1) ?? [];
  return frames.find((frame) => !METHOD_OF_CACHE.test(frame))?.trim();
}
