import ts from 'typescript';
import type { SourceKind } from './source-kind.js';

const OPTIONS: ts.CompilerOptions = {
  noResolve: true,
  noLib: true,
  types: [],
  strict: true,
  target: ts.ScriptTarget.Latest,
};

/** A program of this file alone, bound and ready to be asked. */
export function compiled(text: string, kind: SourceKind): { source: ts.SourceFile; checker: ts.TypeChecker } {
  const name = `/source${kind}`;
  const source = ts.createSourceFile(
    name,
    text,
    { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseAll },
    true,
  );
  const program = ts.createProgram({ rootNames: [name], options: OPTIONS, host: hostOf(name, source) });
  return { source, checker: program.getTypeChecker() };
}

function hostOf(name: string, source: ts.SourceFile): ts.CompilerHost {
  return {
    getSourceFile: (asked) => (asked === name ? source : undefined),
    fileExists: (asked) => asked === name,
    readFile: () => undefined,
    writeFile: () => undefined,
    getDefaultLibFileName: () => '/lib.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  };
}
