import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Block } from './block.js';
import { runnable } from './runnable.js';

/** Blocks that Node can run, each in a file of its own. */
export interface Bundle {
  /** To be removed when all have run. */
  readonly folder: string;
  readonly files: ReadonlyMap<Block, string>;
}

/**
 * Compiles blocks, with the sources of the packages, all at once: what is bundled starts several times as fast as what is
 * compiled when it is imported.
 */
export async function bundle(root: string, blocks: readonly Block[]): Promise<Bundle> {
  // Inside the repository, so that what the packages need is found.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'docs-'));
  for (const [name, text] of Object.entries(SUPPORT)) writeFileSync(join(folder, name), text);
  blocks.forEach((block, i) => {
    writeFileSync(join(folder, `block-${i}.ts`), PRELUDE + runnable(block));
  });
  const entries = blocks.map((_, i) => join(folder, `block-${i}.ts`));
  await compile(root, entries, join(folder, 'out'));
  return { folder, files: new Map(blocks.map((block, i) => [block, join(folder, `out/block-${i}.js`)])) };
}

async function compile(root: string, entryPoints: string[], outdir: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@keepsake/source'],
    // What is installed stays where it is; only the packages of this repository are taken in.
    packages: 'external',
    alias: sourcesOf(root),
    tsconfigRaw: {},
    keepNames: true,
    sourcemap: true,
    logLevel: 'silent',
  });
}

function sourcesOf(root: string): Record<string, string> {
  const packages = join(root, 'packages');
  return Object.fromEntries(
    readdirSync(packages).map((folder) => {
      const { name } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
      return [name as string, join(packages, folder, 'src/index.ts')];
    }),
  );
}

const PRELUDE =
  "import { fails as __fails, shows as __shows } from './claims.ts';\nimport './test-globals.ts';\n";

/** What a block is given: how its claims are checked, and the globals of a test runner. */
const SUPPORT: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'claims.ts': `
    import { inspect } from 'node:util';
    const shown = (value: unknown): string => inspect(value, { depth: 10, sorted: true });
    export function shows<T>(place: string, value: T, claimed: unknown): T {
      if (shown(value) === shown(claimed)) return value;
      throw new Error(place + ': shown is ' + shown(claimed) + ', and it is ' + shown(value));
    }
    export async function fails(place: string, work: () => unknown, name: string): Promise<void> {
      let end: string;
      try {
        end = shown(await work());
      } catch (error) {
        if ((error as Error).name === name) return;
        end = 'an error: ' + String(error);
      }
      throw new Error(place + ': shown is a ' + name + ', and it is ' + end);
    }
  `,
  'test-globals.ts': `
    import assert from 'node:assert/strict';
    import { describe, it } from 'node:test';
    const expect = (actual: unknown) => ({ toBe: (expected: unknown) => assert.equal(actual, expected) });
    Object.assign(globalThis, { describe, it, expect });
  `,
};
