import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as core from '@keepsake/core';
import * as memory from '@keepsake/memory';
import { byEsbuild, compilers } from './compilers/compilers.js';
import { expectedReport } from './compilers/expected.js';

// Not from `__dirname`: the same suite runs as an ES module. Jest runs at the root.
const directory = join(process.cwd(), 'packages/core/test/decorators/compilers');
const program = join(directory, 'program.ts');
const modules: Readonly<Record<string, unknown>> = { '@keepsake/core': core, '@keepsake/memory': memory };

interface Program {
  run(): Promise<unknown>;
}

/** Runs CommonJS against the packages under test. */
function evaluated(code: string): Program {
  const module = { exports: {} as Program };
  const require = (name: string): unknown => modules[name];
  new Function('require', 'module', 'exports', code)(require, module, module.exports);
  return module.exports;
}

const modes = [
  { mode: 'TC39', legacy: false },
  { mode: 'legacy', legacy: true },
] as const;

describe.each(modes)('a program with $mode decorators', ({ legacy }) => {
  it.each(Object.entries(compilers))('runs compiled by %s', async (name, compile) => {
    const code = compile(program, legacy);
    expect(code).not.toMatch(/^\s*@Cached/m);
    const types = legacy && name !== 'esbuild' ? ['Query'] : null;
    expect(await evaluated(code).run()).toEqual(expectedReport(types));
  });

  it('runs the same under esbuild without `keepNames`, but for the ids of classes it renames', async () => {
    const { results, calls, deleted, ids } = expectedReport(null);
    expect(await evaluated(byEsbuild(program, legacy, false)).run()).toMatchObject({
      results,
      calls,
      deleted,
      ids: ids.map((id) => id.replace(/^Repository/, '_Repository')),
    });
  });

  it('runs under tsx, in a process of its own', async () => {
    const fromSource = (process.env.KEEPSAKE_TARGET ?? 'src') === 'src';
    const script = `import(${JSON.stringify(pathToFileURL(program).href)}).then(async ({ run }) => console.log(JSON.stringify(await run())))`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...(fromSource ? ['--conditions=@keepsake/source'] : []), '--import', 'tsx', '--eval', script],
      {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          TSX_TSCONFIG_PATH: join(directory, `tsconfig.${legacy ? 'legacy' : 'tc39'}.json`),
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual(expectedReport(null));
  }, 30_000);
});
