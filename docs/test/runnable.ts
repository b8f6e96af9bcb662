import ts from 'typescript';
import { type Block, wholeOf } from './block.js';

/** `// throws a CacheKeyError`, `// rejects with an Error`. */
const FAILURE = /^(?:throws|rejects with) an? (\w+)/;

/**
 * The code of a block, in which comments behind expressions are claims: `await users.get('42'); // undefined` fails
 * where it is anything else, and so does `// throws a CacheKeyError`. A claim may be followed by `:`, `,` or `;` and more
 * words. Any other comment is one.
 */
export function runnable(block: Block): string {
  const { code, linesBefore } = wholeOf(block);
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    const shown = shownBy(node);
    const claim = shown && claimBehind(node, code);
    if (!shown || !claim) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line - linesBefore + block.line;
    edits.push(editFor(node, shown, claim, `${block.file}:${line}`));
  };
  visit(source);
  // From the end on, so that what comes before an edit stays where it is.
  edits.sort((a, b) => b.from - a.from);
  return edits.reduce((text, { from, to, by }) => text.slice(0, from) + by + text.slice(to), code);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** The expression whose value a statement shows: its own, that of a `const`, or what it logs. */
function shownBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isExpressionStatement(node)) return loggedBy(node.expression) ?? node.expression;
  if (!ts.isVariableStatement(node) || node.declarationList.declarations.length !== 1) return undefined;
  return node.declarationList.declarations[0]?.initializer;
}

function loggedBy(expression: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'console.log') return undefined;
  return expression.arguments.length === 1 ? expression.arguments[0] : undefined;
}

type Claim = { readonly value: string } | { readonly failure: string };

function claimBehind(node: ts.Node, code: string): Claim | undefined {
  const [first] = ts.getTrailingCommentRanges(code, node.getEnd()) ?? [];
  if (first?.kind !== ts.SyntaxKind.SingleLineCommentTrivia) return undefined;
  const comment = code.slice(first.pos + 2, first.end).trim();
  const failure = FAILURE.exec(comment)?.[1];
  if (failure) return { failure };
  const value = literalIn(comment);
  return value === undefined ? undefined : { value };
}

/** The longest beginning of `comment` that is a literal, up to its end or a sign that ends a claim. */
function literalIn(comment: string): string | undefined {
  const ends = [...comment.matchAll(/[:,;] /g)].map(({ index }) => index);
  return [...ends, comment.length]
    .reverse()
    .map((end) => comment.slice(0, end))
    .find((text) => isLiteral(text));
}

function isLiteral(text: string): boolean {
  const source = ts.createSourceFile('literal.ts', `(${text}\n)`, ts.ScriptTarget.ES2022, true);
  const [statement, ...more] = source.statements;
  // Not in its public type: what the parser had to say.
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: readonly unknown[] };
  if (!statement || more.length > 0 || parseDiagnostics.length > 0) return false;
  return ts.isExpressionStatement(statement) && isValue(statement.expression);
}

const WORDS = new Set(['undefined', 'NaN', 'Infinity']);

function isValue(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isValue(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand);
  if (ts.isIdentifier(node)) return WORDS.has(node.text);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isValue);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((each) => ts.isPropertyAssignment(each) && isValue(each.initializer));
  }
  return (
    ts.isStringLiteral(node) ||
    ts.isNumericLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind)
  );
}

function editFor(node: ts.Node, shown: ts.Expression, claim: Claim, place: string): Edit {
  const [from, to] = [shown.getStart(), shown.getEnd()];
  const at = JSON.stringify(place);
  if ('value' in claim) return { from, to, by: `__shows(${at}, ${shown.getText()}, ${claim.value})` };
  const work = `${shown.getText().includes('await') ? 'async ' : ''}() => ${shown.getText()}`;
  const by = `await __fails(${at}, ${work}, '${claim.failure}');`;
  return { from: node.getStart(), to: node.getEnd(), by };
}
