import { createHash } from 'node:crypto';
import ts from 'typescript';
import { complexityOf, type Unit } from './complexity.js';
import { type PublicInterface, publicInterfaceOf } from './public-interface.js';
import { compiled } from './single-file-program.js';
import type { SourceKind } from './source-kind.js';

/** What is known of one source file, whatever path it has. */
export interface Analysis extends PublicInterface {
  readonly lines: number;
  /** Functions with a body, and type aliases. */
  readonly units: number;
  /** The cyclomatic complexity of all units together. */
  readonly complexity: number;
  /** The most complex unit. */
  readonly worst?: Unit;
  /** Names the code, comments and layout aside. */
  readonly code: string;
}

/** Parses, binds and walks one file, on its own: nothing outside of `text` has a say in the result. */
export function analyseSource(text: string, kind: SourceKind): Analysis {
  const { source, checker } = compiled(text, kind);
  const units = complexityOf(source);
  const worst = units.reduce<Unit | undefined>(
    (most, unit) => (most && most.complexity >= unit.complexity ? most : unit),
    undefined,
  );
  return {
    ...publicInterfaceOf(source, checker),
    lines: source.getLineStarts().length,
    units: units.length,
    complexity: units.reduce((sum, unit) => sum + unit.complexity, 0),
    ...(worst ? { worst } : {}),
    code: digestOf(source),
  };
}

function digestOf(source: ts.SourceFile): string {
  const bare = ts.createPrinter({ removeComments: true }).printFile(source);
  return createHash('sha256').update(bare).digest('hex').slice(0, 16);
}
