/** Rejections that nobody handles from now on, until `stop` says which. */
export function unhandledRejections(): { readonly stop: () => Promise<readonly unknown[]> } {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  return {
    async stop() {
      // They are announced between ticks of the platform's own queue.
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', note);
      return seen;
    },
  };
}
