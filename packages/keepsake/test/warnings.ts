/** What `work` writes with `console.warn`. */
export function warningsOf(work: () => unknown): string[] {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (message: unknown) => void warnings.push(String(message));
  try {
    work();
  } finally {
    console.warn = warn;
  }
  return warnings;
}
