import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { analyseSource } from './analyse-source.js';
import { findSources, packageOf } from './find-sources.js';
import type { Job } from './job.js';
import { progress } from './progress.js';

const START = join(__dirname, 'start.mjs');
const run = promisify(execFile);

const FILES: Readonly<Record<string, string>> = {
  'alpha/index.d.ts': '/** Doubles. */\nexport declare function double(n: number): number;\n',
  'alpha/copy.d.ts': '/** Doubles. */\nexport declare function double(n: number): number;\n',
  '@scope/beta/src/main.ts': 'export const pick = (a: number, b: number) => (a > b ? a : b);\n',
  '@scope/beta/src/readme.md': 'no source',
  'alpha/node_modules/gamma/index.mts': 'export class Gamma {\n  run() {}\n}\n',
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'analyse-'));
  for (const [path, text] of Object.entries(FILES)) write(join('node_modules', path), text);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const installed = (): string => join(folder, 'node_modules');

async function start(...args: readonly string[]): Promise<string> {
  const own = ['--root', installed(), '--cache-dir', join(folder, 'cache')];
  return (await run(process.execPath, [START, ...own, ...args])).stdout;
}

async function job(): Promise<Job> {
  return JSON.parse(await start('--limit', '50', '--json')).job as Job;
}

describe('the main job', () => {
  it('analyses every content once, and in a later process finds each result on disk', async () => {
    const cold = await job();
    expect(cold.first).toMatchObject({ loads: 3, hits: { file: 0 } });
    expect(cold.again).toMatchObject({ loads: 0, hits: { file: 0 } });

    const warm = await job();
    expect(warm.first).toMatchObject({ loads: 0, joined: 0, hits: { memory: 1, file: 3 } });
    expect(warm.cold).toEqual(cold.cold);
    expect(warm.findings).toEqual(cold.findings);
    expect(warm.stored.entries).toBeGreaterThanOrEqual(3);
  }, 60_000);

  it('analyses a file again when its content has changed, and only that one', async () => {
    await job();
    write('node_modules/alpha/copy.d.ts', 'export declare const changed: true;\n');
    expect((await job()).first).toMatchObject({ loads: 1, hits: { file: 3 } });
  }, 60_000);

  it('prints how it compares with the cold run of an earlier process', async () => {
    expect(await start()).toMatch(/this was a cold run[\s\S]*warm from disk, new process/);
    expect(await start()).toMatch(
      /Found the results of an earlier run on disk; the cold one was measured at/,
    );
  }, 60_000);

  it('forgets everything with --clear', async () => {
    await job();
    await start('--clear');
    expect((await job()).first.loads).toBe(3);
  }, 60_000);

  it.each([
    [['--fast'], /Unknown option '--fast'/],
    [['--limit', 'many'], /--limit: 'many' was given/],
    [['--limit', '3', '--all'], /not both/],
    [['--root', 'does-not-exist'], /is no folder/],
  ])(
    'refuses %j with exit code 2',
    async (args, message) => {
      await expect(start(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    },
    60_000,
  );
});

describe('analyseSource', () => {
  it('counts a decision for each branch, loop, case and short circuit', () => {
    const text = 'function f(a, b) { if (a && b) return 1; for (const x of a) b ??= x ? 1 : 2; }';
    expect(analyseSource(text, '.ts')).toMatchObject({ units: 1, complexity: 5 });
  });

  it('keeps the decisions of an inner function out of the outer one', () => {
    const { worst, units } = analyseSource(
      'function outer() { return () => { if (1) if (2) if (3); }; }',
      '.ts',
    );
    expect(units).toBe(2);
    expect(worst).toEqual({ name: '(anonymous)', line: 1, complexity: 4 });
  });

  it('counts overloads once, and what is passed on from another file not at all', () => {
    const text = [
      '/** Twice. */ export declare function f(a: 1): 1;',
      'export declare function f(a: 2): 2;',
      'declare const g: 1; export { g as h };',
      "export { elsewhere } from './elsewhere.js';",
    ].join('\n');
    expect(analyseSource(text, '.d.ts')).toMatchObject({ exports: 2, documented: 1, surface: 2 });
  });

  it('counts the exports of ambient modules, and members as surface', () => {
    const text = "declare module 'm' {\n/** Said. */\nexport interface I { a: 1; b: 2 }\n}";
    expect(analyseSource(text, '.d.ts')).toMatchObject({ exports: 1, documented: 1, surface: 3 });
  });

  it('gives the same code digest whatever the comments and the layout', () => {
    const code = (text: string): string => analyseSource(text, '.ts').code;
    expect(code('/** A. */\nexport   const a = 1')).toBe(code('export const a = 1;'));
    expect(code('export const a = 1;')).not.toBe(code('export const a = 2;'));
  });
});

describe('findSources', () => {
  it('finds TypeScript files in sorted order and none through a link', () => {
    symlinkSync(join(installed(), 'alpha'), join(installed(), 'linked'));
    expect(findSources(installed(), 50).files).toEqual([
      '@scope/beta/src/main.ts',
      'alpha/copy.d.ts',
      'alpha/index.d.ts',
      'alpha/node_modules/gamma/index.mts',
    ]);
  });

  it('makes the same choice, spread over all files, for the same limit', () => {
    const chosen = findSources(installed(), 2);
    expect(chosen).toMatchObject({ found: 4, files: ['@scope/beta/src/main.ts', 'alpha/index.d.ts'] });
  });

  it('knows the package of a nested path', () => {
    expect(packageOf('alpha/node_modules/@s/gamma/index.mts')).toBe('@s/gamma');
    expect(packageOf('@scope/beta/src/main.ts')).toBe('@scope/beta');
  });
});

describe('progress', () => {
  const shown = (isTTY: boolean): string => {
    const texts: string[] = [];
    const done = progress({ isTTY, write: (text) => texts.push(text) }, 'Working', 200);
    for (let i = 1; i <= 200; i += 1) done(i);
    return texts.join('');
  };

  it('redraws one line on a terminal and ends it', () => {
    expect(shown(true).split('\n')).toHaveLength(2);
    expect(shown(true)).toMatch(/200\/200\n$/);
  });

  it('writes a line per quarter elsewhere', () => {
    expect(shown(false).trim().split('\n')).toHaveLength(4);
  });
});
