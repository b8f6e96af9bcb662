import ts from 'typescript';

/** A function with a body, or a type alias, with its cyclomatic complexity: 1 and 1 for each decision. */
export interface Unit {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly complexity: number;
}

const DECISIONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement,
  ts.SyntaxKind.CaseClause,
  ts.SyntaxKind.CatchClause,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.ConditionalType,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/**
 * The units of a file. A function inside another one is a unit of its own.
 *
 * Source: McCabe, A Complexity Measure, IEEE TSE 1976; conditional types count as the decisions of a type alias.
 */
export function complexityOf(source: ts.SourceFile): readonly Unit[] {
  const units: Unit[] = [];
  const visit = (node: ts.Node): void => {
    if (isUnit(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      units.push({ name: nameOf(node), line: line + 1, complexity: 1 + decisionsIn(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return units;
}

function isUnit(node: ts.Node): boolean {
  if (ts.isTypeAliasDeclaration(node)) return true;
  return ts.isFunctionLike(node) && (node as ts.FunctionLikeDeclaration).body !== undefined;
}

function decisionsIn(unit: ts.Node): number {
  let decisions = 0;
  const count = (node: ts.Node): void => {
    if (DECISIONS.has(node.kind)) decisions += 1;
    if (!isUnit(node)) ts.forEachChild(node, count);
  };
  ts.forEachChild(unit, count);
  return decisions;
}

function nameOf(unit: ts.Node): string {
  const own = (unit as ts.NamedDeclaration).name;
  if (own) return own.getText();
  if (ts.isConstructorDeclaration(unit)) return 'constructor';
  const { parent } = unit;
  const given = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined;
  return given?.getText() ?? '(anonymous)';
}
