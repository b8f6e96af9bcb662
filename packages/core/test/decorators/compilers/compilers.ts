import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync as transformBySwc } from '@swc/core';
import { transformSync as transformByEsbuild } from 'esbuild';
import ts from 'typescript';

/** Compiles one file of TypeScript to CommonJS. */
export type Compiler = (path: string, legacy: boolean) => string;

const resolve = createRequire(join(process.cwd(), 'package.json')).resolve;

export const compilers: Readonly<Record<string, Compiler>> = {
  'the TypeScript 6 API': (path, legacy) =>
    ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.CommonJS,
        experimentalDecorators: legacy,
        emitDecoratorMetadata: legacy,
      },
    }).outputText,

  'the native TypeScript 7': (path, legacy) => {
    const directory = mkdtempSync(join(tmpdir(), 'keepsake-tsc-'));
    try {
      const mode = legacy ? ['--experimentalDecorators', '--emitDecoratorMetadata'] : [];
      const options = ['--target', 'es2022', '--module', 'commonjs', '--outDir', directory];
      const lenient = ['--noCheck', '--noResolve', '--ignoreConfig', '--types', ''];
      const tsc = join(dirname(resolve('typescript-native/package.json')), 'bin/tsc');
      spawnSync(process.execPath, [tsc, path, ...options, ...lenient, ...mode]);
      return readFileSync(join(directory, 'program.js'), 'utf8');
    } finally {
      rmSync(directory, { recursive: true });
    }
  },

  esbuild: (path, legacy) => byEsbuild(path, legacy, true),

  SWC: (path, legacy) =>
    transformBySwc(readFileSync(path, 'utf8'), {
      configFile: false,
      swcrc: false,
      module: { type: 'commonjs' },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: legacy
          ? { legacyDecorator: true, decoratorMetadata: true }
          : { decoratorVersion: '2022-03' },
      },
    }).code,
};

/** Without `keepNames` it renames classes that refer to themselves, so that a derived id is another one. */
export function byEsbuild(path: string, legacy: boolean, keepNames: boolean): string {
  return transformByEsbuild(readFileSync(path, 'utf8'), {
    loader: 'ts',
    format: 'cjs',
    target: 'es2022',
    keepNames,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: legacy } },
  }).code;
}
