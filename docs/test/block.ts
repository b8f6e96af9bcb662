/** One ```ts block of a page or of a doc comment. */
export interface Block {
  /** The file that shows it, from the root of the repository. */
  readonly file: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Without it the block is only type-checked: `<!-- not run -->`. */
  readonly isRun: boolean;
  /** The block that this one goes on from: `<!-- continues -->`. */
  readonly previous: Block | undefined;
}

const FENCE = /^```ts\s*$/;
const MARK = /^<!-- (not run|continues) -->$/;
const COMMENT_LINE = /^\s*\* ?(.*)$/;

/**
 * The blocks of a Markdown page.
 *
 * @throws Error if a block is not closed, or the first one continues
 */
export function blocksOfPage(file: string, text: string): readonly Block[] {
  return blocksIn(file, text.split('\n'));
}

/** The blocks of the doc comments of a source file. */
export function blocksOfSource(file: string, text: string): readonly Block[] {
  return blocksIn(
    file,
    text.split('\n').map((line) => COMMENT_LINE.exec(line)?.[1] ?? ''),
  );
}

/** A block with what it continues in front of it, and how many lines that is. */
export function wholeOf(block: Block): { readonly code: string; readonly linesBefore: number } {
  if (!block.previous) return { code: block.code, linesBefore: 0 };
  const before = `${wholeOf(block.previous).code}\n`;
  return { code: before + block.code, linesBefore: before.split('\n').length - 1 };
}

/** Whether it can be run: a block that goes on from one that cannot, cannot either. */
export function canRun(block: Block): boolean {
  return block.isRun && (block.previous === undefined || canRun(block.previous));
}

function blocksIn(file: string, lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!FENCE.test(lines[at] as string)) continue;
    const end = lines.indexOf('```', at);
    if (end < 0) throw new Error(`${file}:${at + 1}: the block is not closed.`);
    const marks = marksBefore(lines, at);
    const previous = marks.includes('continues') ? blocks.at(-1) : undefined;
    if (marks.includes('continues') && !previous) {
      throw new Error(`${file}:${at + 1}: continues, and there is no block before it.`);
    }
    const code = lines.slice(at + 1, end).join('\n');
    blocks.push({ file, line: at + 2, code, isRun: !marks.includes('not run'), previous });
    at = end;
  }
  return blocks;
}

/** The marks directly above a fence, one per line; blank lines do not count. */
function marksBefore(lines: readonly string[], fence: number): readonly string[] {
  const marks: string[] = [];
  for (let at = fence - 1; at >= 0; at--) {
    const line = (lines[at] as string).trim();
    const mark = MARK.exec(line)?.[1];
    if (mark) marks.push(mark);
    else if (line !== '') break;
  }
  return marks;
}
