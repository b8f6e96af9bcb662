import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Block, canRun } from './block.js';
import { bundle } from './bundle.js';

/** How long one block may run, in ms. */
const LONGEST_RUN = 90_000;
/** How many run at a time. */
const AT_ONCE = 3;

/**
 * Runs blocks against the sources of the packages, each in a process and an empty directory of its own. What is wrong
 * with those that do not end well, with all that they printed.
 */
export async function runBlocks(root: string, blocks: readonly Block[]): Promise<ReadonlyMap<Block, string>> {
  const runs = blocks.filter((block) => canRun(block) && (!wantsRedis(block) || process.env.REDIS_URL));
  const { folder, files } = await bundle(root, runs);
  const failures = new Map<Block, string>();
  const left = [...files];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [block, file] = next;
      const failure = await failureOf(block, file);
      if (failure) failures.set(block, failure.replaceAll(root, '.'));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function failureOf(block: Block, file: string): Promise<string | undefined> {
  const cwd = mkdtempSync(join(tmpdir(), 'keepsake-docs-'));
  try {
    const { code, output } = await ended(file, cwd, environmentOf(block));
    const end = code === null ? 'it took too long' : code === 13 ? 'it waits for ever' : `exit code ${code}`;
    return code === 0 ? undefined : `${block.file}:${block.line}: ${end}\n${output}`;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function ended(
  file: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const limits = { timeout: LONGEST_RUN, killSignal: 'SIGKILL' } as const;
  const child = spawn(process.execPath, ['--enable-source-maps', file], { cwd, env, ...limits });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The server of the tests, for blocks that name it; the others are configured by nobody. */
function environmentOf(block: Block): NodeJS.ProcessEnv {
  const { REDIS_URL, NODE_ENV: _, ...others } = process.env;
  return wantsRedis(block) ? { ...others, REDIS_URL } : others;
}

function wantsRedis(block: Block): boolean {
  return (
    block.code.includes('process.env.REDIS_URL') || (block.previous ? wantsRedis(block.previous) : false)
  );
}
