import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Server, startRedis } from '../../../test-support/redis-server.js';

const rootNodes = (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((url) => ({ url }));
const dir = mkdtempSync(join(tmpdir(), 'keepsake-bus-exit-'));
const bundle = join(dir, 'keyv.cjs');
let server: Server;

beforeAll(async () => {
  buildSync({
    entryPoints: [join(process.cwd(), 'packages/keyv/src/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    conditions: ['@keepsake/source'],
  });
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs `body` with a subscribed bus in a process of its own. What it printed, and how long it lived after its last word. */
function run(
  options: unknown,
  body: string,
): Promise<{ said: string; lingered: number; status: number | null }> {
  const code = `
    const { redisBus, redis } = require(${JSON.stringify(bundle)});
    const options = ${JSON.stringify(options)};
    const bus = redisBus(options);
    let gaps = 0;
    const listener = { message() {}, gap() { gaps++; } };
    bus.subscribe(listener);
    const connected = async () => {
      for (let i = 0; i < 500 && !bus.connected; i++) await new Promise((ok) => setTimeout(ok, 10));
      if (!bus.connected) throw new Error('not connected');
    };
    (async () => { ${body} })().then(() => process.stdout.write('done'), (e) => process.stdout.write(String(e)));`;
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

describe('a process with a subscribed bus', () => {
  it.each<[string, () => unknown]>([
    ['a single server', () => ({ url: server.url })],
    ['a cluster', () => ({ cluster: { rootNodes } })],
  ])('exits by itself when it has nothing else to do, on %s', async (_name, options) => {
    const ended = await run(options(), `await connected();`);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });

  it('exits after it has published', async () => {
    const published = `bus.publish({ type: 'keys', keys: ['a'] });`;
    const ended = await run({ url: server.url }, `await connected(); ${published}`);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });

  it('exits after it has closed the bus', async () => {
    const ended = await run({ url: server.url }, `await connected(); await bus.close();`);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(500);
  });

  it.each<[string, () => unknown]>([
    ['a single server', () => ({ url: 'redis://127.0.0.1:1' })],
    ['a cluster', () => ({ cluster: { rootNodes: [{ url: 'redis://127.0.0.1:1' }] } })],
  ])('exits while the server is gone and messages wait, on %s', async (_name, options) => {
    const ended = await run(options(), `bus.publish({ type: 'keys', keys: ['a'] });`);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(1500);
  });

  it('exits while the server is frozen', async () => {
    const frozen = await startRedis();
    try {
      frozen.freeze();
      const ended = await run({ url: frozen.url, connectTimeout: 400 }, '');
      expect(ended).toMatchObject({ said: 'done', status: 0 });
      expect(ended.lingered).toBeLessThan(1000);
    } finally {
      await frozen.stop();
    }
  });

  it('hears while something else keeps it alive', async () => {
    const body = `const other = redisBus(options); await connected();
      const heard = new Promise((ok) => bus.subscribe({ message: ok, gap() {} }));
      other.publish({ type: 'keys', keys: ['a'] });
      const alive = setTimeout(() => {}, 5000);
      await heard; clearTimeout(alive);`;
    const ended = await run({ url: server.url }, body);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
  });
});
