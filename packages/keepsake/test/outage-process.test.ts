import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { createCache, file, memory, tiered } from 'keepsake';
import { type Server, startRedis } from '../../../test-support/redis-server.js';
import { directoryWith, removeDirectories } from './directory.js';
import type { Calls, Orders } from './outage-program.js';

/** What a loaded machine may add to what is promised, in ms. */
const SLACK = 500;

const bundle = join(directoryWith(), 'outage.cjs');
const servers: Server[] = [];

beforeAll(() => {
  buildSync({
    entryPoints: [join(process.cwd(), 'packages/keepsake/test/outage-program.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@keepsake/source'],
  });
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
afterAll(removeDirectories);

async function server(): Promise<Server> {
  const started = await startRedis();
  servers.push(started);
  return started;
}

/** How a process ended: what it reported, what else it wrote, and how long it lived after its report, in ms. */
interface Ended<T> {
  readonly report: T;
  readonly complaints: string;
  readonly status: number | null;
  readonly lingered: number;
}

function run<T>(orders: Orders): Promise<Ended<T>> {
  const child = spawn(process.execPath, [bundle, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
      const report = (said === '' ? undefined : JSON.parse(said)) as T;
      resolve({ report, complaints, status, lingered: performance.now() - spokeAt });
    });
  });
}

function expectNothingButMisses({ report, ...ended }: Ended<Calls[]>, lingering: number): void {
  expect(ended).toMatchObject({ status: 0, complaints: '' });
  expect(report).toHaveLength(4);
  for (const { stack, values, took, loads } of report) {
    const hit = stack.includes('memory');
    expect([stack, values]).toEqual([stack, ['loaded a', 'loaded b', 'loaded c', 'loaded a']]);
    expect([stack, loads]).toEqual([stack, hit ? 3 : 4]);
    expect(Math.max(...took)).toBeLessThan(300 + SLACK);
    // The first call finds out; the others together cost less than another timeout.
    const [, ...later] = took;
    expect(later.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(250);
  }
  expect(ended.lingered).toBeLessThan(lingering + SLACK);
}

describe('a process without handlers', () => {
  it('gets its values within 300 ms while the server is down from the start, and exits by itself', async () => {
    const down = await startRedis();
    await down.stop();
    expectNothingButMisses(await run({ program: 'calls', url: down.url }), 1000);
  });

  it('gets its values within 300 ms while the server is mute from the start, and exits by itself', async () => {
    const { url, freeze } = await server();
    freeze();
    // An attempt to connect is under way, and takes 2 s.
    expectNothingButMisses(await run({ program: 'calls', url }), 2000);
  });

  it.each([
    ['frozen', 'SIGSTOP'],
    ['killed', 'SIGKILL'],
  ] as const)(
    'gets its values within 300 ms while the server is %s, and exits by itself',
    async (_, signal) => {
      const { url, pid } = await server();
      expectNothingButMisses(await run({ program: 'calls', url, pid, signal }), 1000);
    },
  );

  it.each([
    ['mute from the start', undefined],
    ['frozen', 'SIGSTOP'],
  ] as const)('closes and exits within 1 s while the server is %s', async (_, signal) => {
    const { url, pid, freeze } = await server();
    if (!signal) freeze();
    const ended = await run<Calls[]>({
      program: 'calls',
      url,
      pid,
      close: true,
      ...(signal ? { signal } : {}),
    });
    expectNothingButMisses(ended, 1000);
  });

  it('exits by itself after its work on a server that answers', async () => {
    const { url } = await server();
    const ended = await run<Calls[]>({ program: 'calls', url });
    expect(ended).toMatchObject({ status: 0, complaints: '' });
    expect(ended.report.map(({ loads }) => loads)).toEqual([3, 3, 3, 3]);
    expect(ended.lingered).toBeLessThan(1000 + SLACK);
  });
});

describe('two processes over one directory', () => {
  it('agree in the file tier: what one deletes is a miss there for the other, but for its own memory', async () => {
    const directory = directoryWith();
    const own = memory();
    const cache = createCache({ backend: tiered([own, file({ directory })]) });
    await cache.set('k', 'old');
    expect(await run({ program: 'delete', directory })).toMatchObject({
      report: true,
      status: 0,
      complaints: '',
    });
    // No bus joins them yet.
    expect(await cache.get('k')).toBe('old');
    own.clear();
    expect(await cache.get('k')).toBeUndefined();
    await cache.close();
  });
});
