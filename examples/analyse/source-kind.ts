/** What decides, beside the text, how a file is read. */
export type SourceKind = '.ts' | '.mts' | '.cts' | '.d.ts' | '.d.mts' | '.d.cts';

/** The kind of the file at `path`, which has one of the extensions of TypeScript. */
export function kindOf(path: string): SourceKind {
  return (/(?:\.d)?\.[cm]?ts$/.exec(path)?.[0] ?? '.ts') as SourceKind;
}
