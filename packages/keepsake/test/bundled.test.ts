import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { directoryWith, removeDirectories } from './directory.js';

afterAll(removeDirectories);

const PROGRAM = `
import { cached } from 'keepsake';
const twice = cached(async function twice(n) { return n * 2; }, '1m');
twice(21).then((value) => console.log(value));
`;

/** Some dependencies are CommonJS, and ask for Node's own modules by `require`. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

describe('an application that imports only `cached`', () => {
  it.each(['esm', 'cjs'] as const)('finds the default cache when it was bundled (%s)', (format) => {
    const directory = directoryWith();
    const outfile = join(directory, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
    buildSync({
      stdin: { contents: PROGRAM, resolveDir: join(process.cwd(), 'packages/keepsake/test'), loader: 'js' },
      outfile,
      bundle: true,
      format,
      platform: 'node',
      target: 'node20',
      conditions: ['@keepsake/source'],
      banner: format === 'esm' ? { js: REQUIRE } : {},
    });
    writeFileSync(join(directory, 'package.json'), '{}');
    expect(execFileSync(process.execPath, [outfile], { encoding: 'utf8', cwd: directory }).trim()).toBe('42');
  });
});
