import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Standing } from './exit-program.js';

const directory = mkdtempSync(join(tmpdir(), 'keepsake-exit-'));
const bundle = join(directory, 'exit.cjs');

beforeAll(() => {
  buildSync({
    entryPoints: [join(process.cwd(), 'packages/core/test/freshness/exit-program.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@keepsake/source'],
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly said: string;
  /** What it wrote of errors, an unhandled rejection among them. */
  readonly complaints: string;
  readonly status: number | null;
  /** How long it lived after its last word, in ms. */
  readonly lingered: number;
}

function run(standing: Standing): Promise<Ended> {
  const child = spawn(process.execPath, [bundle, standing], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complaints, spokeAt] = ['', '', 0];
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    spokeAt = performance.now();
  });
  child.stderr.on('data', (data: Buffer) => {
    complaints += data.toString();
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(limit);
      resolve({ said, complaints, status, lingered: performance.now() - spokeAt });
    });
  });
}

describe('a process that closes nothing exits by itself', () => {
  it.each<[Standing, string]>([
    ['reloaded in the background', 'old'],
    ['a reload failed in the background', 'old'],
    ['a reload hangs in the background', 'old'],
    ['served before a slow load', 'old'],
    ['a call with a limit is pending', 'CACHE_TIMEOUT'],
    ['callers with long limits are answered', 'new'],
  ])('%s', async (standing, got) => {
    const ended = await run(standing);
    expect(ended).toMatchObject({ said: got, complaints: '', status: 0 });
    expect(ended.lingered).toBeLessThan(2000);
  });
});
