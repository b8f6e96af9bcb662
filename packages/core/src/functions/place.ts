/** Where the caller of `below` stands in the source, as the runtime writes it; for messages. */
export function placeOfCaller(below: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  const runtime = Error as unknown as { captureStackTrace?: (holder: object, below: unknown) => void };
  runtime.captureStackTrace?.(holder, below);
  return holder.stack?.split('\n')[1]?.trim();
}
