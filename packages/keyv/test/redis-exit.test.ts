import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Server, startRedis } from '../../../test-support/redis-server.js';

const cluster = (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((url) => ({ url }));
const dir = mkdtempSync(join(tmpdir(), 'keepsake-exit-'));
const bundle = join(dir, 'keyv.cjs');

beforeAll(() => {
  buildSync({
    entryPoints: [join(process.cwd(), 'packages/keyv/src/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    conditions: ['@keepsake/source'],
  });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs `body` over `backend` in a process of its own. What it printed, and how long it lived after its last word. */
function run(
  options: unknown,
  body: string,
): Promise<{ said: string; lingered: number; status: number | null }> {
  const code = `
    const { redis } = require(${JSON.stringify(bundle)});
    const backend = redis(${JSON.stringify(options)});
    (async () => { ${body} })().then(() => process.stdout.write('done'), (e) => process.stdout.write(e.code));`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let spokeAt = 0;
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    spokeAt = performance.now();
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(limit);
      resolve({ said, lingered: performance.now() - spokeAt, status });
    });
  });
}

describe('a process that closes nothing', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it.each([
    ['a single server', () => ({ url: server.url, healthCheckInterval: 100 })],
    ['a cluster', () => ({ cluster: { rootNodes: cluster } })],
  ])('does its work on %s and exits', async (_name, options) => {
    const ended = await run(
      options(),
      `for (let i = 0; i < 20; i++) await backend.increment('exit:' + i, 1);
       await backend.clear('exit:');`,
    );
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });

  it('exits while the server is gone', async () => {
    const ended = await run({ url: 'redis://127.0.0.1:1' }, `await backend.get('a');`);
    expect(ended).toMatchObject({ said: 'CACHE_CONNECTION', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });

  it('stays for an operation under way', async () => {
    server.freeze();
    const ended = await run({ url: server.url, connectTimeout: 400 }, `await backend.get('a');`);
    server.thaw();
    expect(ended).toMatchObject({ said: 'CACHE_TIMEOUT', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });
});
