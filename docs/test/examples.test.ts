import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Block, blocksOfPage, blocksOfSource, canRun } from './block.js';
import { runBlocks } from './run-blocks.js';
import { typeErrors } from './type-check.js';

const root = resolve(__dirname, '../..');
const packages = readdirSync(join(root, 'packages'));

/** The files of `folder` and the folders in it, from the root of the repository. */
function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...filesIn('docs', '.md'),
  ...packages.map((name) => `packages/${name}/README.md`),
];
const sources = packages.flatMap((name) => filesIn(`packages/${name}/src`, '.ts'));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const blocks: readonly Block[] = [
  ...pages.flatMap((file) => blocksOfPage(file, read(file))),
  ...sources.flatMap((file) => blocksOfSource(file, read(file))),
];

it('type-checks every block of the docs and of the comments in the sources', () => {
  expect(typeErrors(root, blocks)).toEqual([]);
}, 120_000);

describe('runs, and shows what it says, every block of', () => {
  let failures: ReadonlyMap<Block, string>;

  beforeAll(async () => {
    failures = await runBlocks(root, blocks);
  }, 240_000);

  it.each([...new Set(blocks.filter(canRun).map(({ file }) => file))])('%s', (file) => {
    const failed = [...failures].filter(([block]) => block.file === file);
    expect(failed.map(([, problem]) => problem).join('\n')).toBe('');
  });
});
