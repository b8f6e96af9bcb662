import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Block, blocksOfPage, blocksOfSource, canRun } from './block.js';
import { Runner } from './runner.js';
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

it('type-checks every block of the docs, and of the comments in the code', () => {
  expect(typeErrors(root, blocks)).toEqual([]);
}, 60_000);

describe('runs', () => {
  let runner: Runner;

  beforeAll(async () => {
    runner = await Runner.of(root, blocks);
  }, 60_000);

  afterAll(() => runner?.close());

  const running = blocks.filter(canRun);
  const names = running.map(({ file, line }) => `${file}:${line}`);

  it.each([...new Set(running.map(({ file }) => file))])('%s', async (file) => {
    for (const block of running.filter((one) => one.file === file)) {
      if (runner.has(block)) await runner.run(block);
    }
  }, 60_000);
});
