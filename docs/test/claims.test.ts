import { resolve } from 'node:path';
import { type Block, blocksOfPage, blocksOfSource, canRun, wholeOf } from './block.js';
import { runBlocks } from './run-blocks.js';
import { typeErrors } from './type-check.js';

const root = resolve(__dirname, '../..');
const fenced = (...code: readonly string[]): string => ['```ts', ...code, '```'].join('\n');
const only = (...code: readonly string[]): Block => blocksOfPage('page.md', fenced(...code))[0] as Block;

describe('the blocks of a page', () => {
  it('know their line, whether they run, and what they continue', () => {
    const page = ['# A', fenced('const a = 1;'), '', '<!-- continues -->', '<!-- not run -->', fenced('a;')];
    const [first, second] = blocksOfPage('page.md', page.join('\n')) as [Block, Block];
    expect([first.line, second.line]).toEqual([3, 9]);
    expect([canRun(first), canRun(second)]).toEqual([true, false]);
    expect(wholeOf(second)).toEqual({ code: 'const a = 1;\na;', linesBefore: 1 });
  });

  it('are found in the comments of a source', () => {
    const source = ['/**', ' * Adds.', ' *', ' * ```ts', ' * 1 + 1; // 2', ' * ```', ' */', 'export {};'];
    expect(blocksOfSource('a.ts', source.join('\n'))).toMatchObject([{ line: 5, code: '1 + 1; // 2' }]);
  });

  it('refuse to continue nothing', () => {
    expect(() => blocksOfPage('page.md', `<!-- continues -->\n${fenced('a;')}`)).toThrow('page.md:2');
  });
});

describe('what does not compile', () => {
  it('is told with the line of the page, once', () => {
    const page = [fenced('const a: number = 1;'), '<!-- continues -->', fenced('const b: string = a;')];
    expect(typeErrors(root, blocksOfPage('page.md', page.join('\n')))).toEqual([
      expect.stringMatching(/^page\.md:6: Type 'number' is not assignable/),
    ]);
  }, 60_000);
});

describe('a claim', () => {
  const failing: readonly Block[] = [
    only('1 + 1; // 3'),
    only("'a' + 'b'; // 'ba': said more"),
    only('({ a: [1] }); // { a: [2] }'),
    only('const a = 1; // 2'),
    only("console.log('x'); // 'y'"),
    only('function f() { [1].length; // 2\n}', 'f();'),
    only('Promise.resolve(1); // 1'),
    only('JSON.parse("{}"); // throws a SyntaxError'),
    only('await Promise.reject(new RangeError()); // rejects with a TypeError'),
    only("import { it } from 'node:test'; it('fails', () => { throw new Error(); });"),
  ];
  const passing: readonly Block[] = [
    only('1 + 1; // 2, and no more'),
    only('1 + 1; // three, as a comment'),
    only('({ b: 2n, a: undefined }); // { a: undefined, b: 2n }: in any order'),
    only('await Promise.reject(new RangeError()); // rejects with a RangeError: by its name'),
    only('JSON.parse("{"); // throws a SyntaxError'),
    only('const a = [-0, NaN, null]; // [-0, NaN, null]'),
  ];

  it('that is wrong fails, one that is right passes', async () => {
    const failures = await runBlocks(root, [...failing, ...passing]);
    expect([...failures.keys()].map(({ code }) => code).sort()).toEqual(
      failing.map(({ code }) => code).sort(),
    );
    expect(failures.get(failing[0] as Block)).toContain('page.md:2: shown is 3, and it is 2');
  }, 60_000);
});
