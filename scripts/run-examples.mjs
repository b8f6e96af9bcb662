// Runs every example as its README says, one after the other: name, outcome, time. Exit code 1 if one failed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'run-examples-'));

/** The main job on a part of its input, with a cache of its own: as it is, it takes half a minute the first time. */
const ARGUMENTS = { analyse: ['--limit', '100', '--cache-dir', join(scratch, 'analyse')] };
/** An example that takes longer than this hangs. */
const TIMEOUT = 120_000;

const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && hasStart(entry.name))
  .map((entry) => entry.name);
try {
  const failed = names.filter((name) => !run(name));
  console.log(
    failed.length === 0
      ? `All ${names.length} examples ran.`
      : `${failed.length} failed: ${failed.join(', ')}`,
  );
  process.exitCode = failed.length === 0 && names.length > 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function hasStart(name) {
  const path = join(examples, name, 'package.json');
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).scripts?.start !== undefined;
}

/** Whether the example ran to its end. What it printed is shown where it did not. */
function run(name) {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(
    'npm',
    ['start', '--silent', '--', ...(ARGUMENTS[name] ?? [])],
    { cwd: join(examples, name), encoding: 'utf8', timeout: TIMEOUT },
  );
  const ms = Math.round(performance.now() - start);
  console.log(`${name.padEnd(22)} ${status === 0 ? 'ok    ' : 'failed'} ${String(ms).padStart(7)} ms`);
  if (status !== 0) console.log([stdout, stderr, error?.message].filter(Boolean).join('\n'));
  return status === 0;
}
