import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Block, canRun } from './block.js';
import { runnable } from './runnable.js';

/** How long one block may run, in ms. */
const LONGEST_RUN = 30_000;

/** Runs blocks, each in a process and a directory of its own, against the sources of the packages. */
export class Runner {
  readonly #root: string;
  readonly #folder: string;
  readonly #files: ReadonlyMap<Block, string>;

  private constructor(root: string, folder: string, files: ReadonlyMap<Block, string>) {
    this.#root = root;
    this.#folder = folder;
    this.#files = files;
  }

  /** Bundles all blocks at once: a bundle starts several times as fast as what is compiled at import. */
  static async of(root: string, blocks: readonly Block[]): Promise<Runner> {
    // Inside the repository, so that what the packages need is found.
    const parent = join(root, 'node_modules/.cache');
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, 'docs-'));
    const runs = blocks.filter((block) => canRun(block) && isSupplied(block));
    const files = new Map(runs.map((block, i) => [block, `block-${i}`]));
    for (const [block, name] of files) writeFileSync(join(folder, `${name}.ts`), PRELUDE + runnable(block));
    await bundle(root, folder, [...files.values()]);
    return new Runner(root, folder, files);
  }

  has(block: Block): boolean {
    return this.#files.has(block);
  }

  /**
   * Runs a block to its end.
   *
   * @throws Error with what it printed, if it fails or does not end
   */
  async run(block: Block): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'keepsake-docs-'));
    try {
      const { code, output } = await this.#process(block, directory);
      if (code === 0) return;
      throw new Error(`${block.file}:${block.line}: ended with ${code ?? 'a signal: it took too long'}.\n${output}`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #process(block: Block, cwd: string): Promise<{ code: number | null; output: string }> {
    const file = join(this.#folder, 'out', `${this.#files.get(block)}.js`);
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd,
      env: environmentOf(block),
      timeout: LONGEST_RUN,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => void (output += data));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output: output.replaceAll(this.#root, '.') }));
    });
  }
}

/** In one line, so that the lines of a block differ by one from those of its file. */
const PRELUDE =
  "import { fails as __fails, shows as __shows } from './claims.ts'; import './test-globals.ts';\n";

/** Blocks that name the server of the tests get it, the others are configured by nobody. */
function environmentOf(block: Block): NodeJS.ProcessEnv {
  const { REDIS_URL, NODE_ENV: _, ...others } = process.env;
  return wantsRedis(block) ? { ...others, REDIS_URL } : others;
}

function isSupplied(block: Block): boolean {
  return !wantsRedis(block) || Boolean(process.env.REDIS_URL);
}

function wantsRedis(block: Block): boolean {
  return /process\.env\.REDIS_URL/.test(block.code) || (block.previous !== undefined && wantsRedis(block.previous));
}

async function bundle(root: string, folder: string, names: readonly string[]): Promise<void> {
  for (const [name, code] of Object.entries(SUPPORT)) writeFileSync(join(folder, name), code);
  await build({
    entryPoints: names.map((name) => join(folder, `${name}.ts`)),
    outdir: join(folder, 'out'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@keepsake/source'],
    packages: 'external',
    alias: sourcesOf(root),
    tsconfigRaw: {},
    keepNames: true,
    sourcemap: true,
    logLevel: 'silent',
  });
  // The folder of a package that is "type": "module" nowhere above it.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

/** The packages of this repository, by name: everything else is taken as it is installed. */
function sourcesOf(root: string): Record<string, string> {
  const packages = join(root, 'packages');
  return Object.fromEntries(
    readdirSync(packages).map((folder) => {
      const { name } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
      return [name as string, join(packages, folder, 'src/index.ts')];
    }),
  );
}

/** What a block is given: its claims, and the globals of a test runner. */
const SUPPORT: Readonly<Record<string, string>> = {
  'claims.ts': `
    import { inspect } from 'node:util';
    const shown = (value: unknown): string => inspect(value, { depth: 10, sorted: true });
    export function shows<T>(place: string, value: T, claimed: unknown): T {
      if (shown(value) === shown(claimed)) return value;
      throw new Error(place + ': ' + shown(claimed) + ' is shown, ' + shown(value) + ' it is.');
    }
    export async function fails(place: string, work: () => unknown, name: string): Promise<void> {
      let value: unknown;
      try {
        value = await work();
      } catch (error) {
        if ((error as Error).name === name) return;
        throw new Error(place + ': a ' + name + ' is shown, this it is: ' + String(error), { cause: error });
      }
      throw new Error(place + ': a ' + name + ' is shown, ' + shown(value) + ' it is.');
    }
  `,
  'test-globals.ts': `
    import assert from 'node:assert/strict';
    import { describe, it } from 'node:test';
    const expect = (actual: unknown) => ({ toBe: (expected: unknown) => assert.equal(actual, expected) });
    Object.assign(globalThis, { describe, it, expect });
  `,
};
