import ts from 'typescript';

/** What a file offers to others. What it passes on from another file is that file's. */
export interface PublicInterface {
  /** Declarations that are exported, in overloads and merged parts counted once. */
  readonly exports: number;
  /** Those of them that have a doc comment. */
  readonly documented: number;
  /** The exports, and the members of exported classes, interfaces, enums and namespaces. */
  readonly surface: number;
}

/** What `source` exports, as a module and in the ambient modules that it declares. */
export function publicInterfaceOf(source: ts.SourceFile, checker: ts.TypeChecker): PublicInterface {
  const own = checker.getSymbolAtLocation(source);
  const modules = [...(own ? [own] : []), ...checker.getAmbientModules()];
  const exported = new Set(
    modules.flatMap((each) => checker.getExportsOfModule(each).flatMap((one) => declared(one, checker))),
  );
  const documented = [...exported].filter((one) => one.getDocumentationComment(checker).length > 0);
  return {
    exports: exported.size,
    documented: documented.length,
    surface: [...exported].reduce((sum, one) => sum + membersOf(one, checker), exported.size),
  };
}

/** What stands behind an export; nothing if that is in another file. */
function declared(symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return target.declarations ? [target] : [];
}

function membersOf(symbol: ts.Symbol, checker: ts.TypeChecker): number {
  const hasMembers = symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface);
  const members = hasMembers ? checker.getDeclaredTypeOfSymbol(symbol).getProperties().length : 0;
  return members + (symbol.exports?.size ?? 0);
}
