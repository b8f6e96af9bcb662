// One annotated service under four configs: memory, file, redis, tiered. Only the config changes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Cost {
  /** How often the loader ran for the first seven calls, which ask for three users. */
  readonly loads: number;
  readonly tiers: readonly string[];
}

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'four-configs-'));

function run(config: string, ...more: readonly string[]): Cost {
  const args = [...process.execArgv, RUN, config, join(root, config), ...more];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Cost;
}

function show(config: string, loadsAfterRestart: number): void {
  const first = run(config);
  const second = run(config, 'clear');
  console.log(
    `${config.padEnd(7)} first process: ${first.loads} loads; after a restart: ${second.loads} loads (${second.tiers.join(', ')})`,
  );
  assert.equal(first.loads, 3, `${config}: three users, three loads`);
  assert.equal(second.loads, loadsAfterRestart, `${config}: after a restart`);
}

try {
  show('memory', 3);
  show('file', 0);
  if (process.env.REDIS_URL) show('redis', 0);
  else console.log('redis   skipped: REDIS_URL is not set, so there is no server to use');
  show('tiered', 0);
} finally {
  rmSync(root, { recursive: true, force: true });
}
