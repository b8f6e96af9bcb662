import { createServer, type Server as TcpServer } from 'node:net';
import { inspect } from 'node:util';
import { type Backend, CacheError, type Entry, systemClock } from '@keepsake/core';
import { type RedisOptions, redis } from '@keepsake/keyv';
import { createClient } from '@keyv/redis';
import { eventually, type Server, startCluster, startRedis } from '../../../test-support/redis-server.js';
import { plainCodec } from './plain-codec.js';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const servers: Server[] = [];
const backends: Backend[] = [];

beforeAll(() => process.on('unhandledRejection', onUnhandled));
afterEach(async () => {
  await Promise.all(backends.splice(0).map(async (backend) => backend.close?.()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  expect(unhandled).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', onUnhandled));

async function server(options?: Parameters<typeof startRedis>[0]): Promise<Server> {
  const started = await startRedis(options);
  servers.push(started);
  return started;
}

function tier(options: RedisOptions): Backend {
  const backend = redis({ codec: plainCodec, commandTimeout: 200, connectTimeout: 300, ...options });
  backends.push(backend);
  return backend;
}

function entryOf(value: unknown): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 };
}

/** How long `work` took to reject, and with what. */
async function rejection(work: () => unknown): Promise<{ code: string; ms: number; message: string }> {
  const start = performance.now();
  const error = await Promise.resolve(work()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!CacheError.is(error)) throw new Error(`expected a rejection by the cache, got ${String(error)}`);
  return { code: error.code, ms: performance.now() - start, message: error.message };
}

async function reachable(backend: Backend): Promise<boolean> {
  try {
    await backend.ping?.();
    return true;
  } catch {
    return false;
  }
}

it('rejects the first call and the later ones at once while the server is down, and serves when it is up', async () => {
  const down = await startRedis();
  await down.stop();
  const backend = tier({ url: down.url });
  const first = await rejection(() => backend.get('a'));
  expect(first).toMatchObject({ code: 'CACHE_CONNECTION' });
  expect(first.ms).toBeLessThan(500);
  expect((await rejection(() => backend.set('a', entryOf(1)))).ms).toBeLessThan(100);
  expect((await rejection(() => backend.delete('a'))).code).toBe('CACHE_CONNECTION');
  expect((await rejection(() => backend.clear('a'))).code).toBe('CACHE_CONNECTION');
  await server({ port: down.port });
  expect(await eventually(() => reachable(backend), 2000)).toBeLessThan(2000);
});

it('rejects while the server is gone, and is used again within 2 s of its return on the same port', async () => {
  const first = await server();
  const backend = tier({ url: first.url });
  await backend.set('a', entryOf(1));
  const pending = Array.from({ length: 50 }, async (_, i) => backend.get(`k${i}`));
  process.kill(first.pid, 'SIGKILL');
  await Promise.allSettled(pending);
  await eventually(async () => !(await reachable(backend)), 1000);
  expect(await rejection(() => backend.get('a'))).toMatchObject({ code: 'CACHE_CONNECTION' });
  await first.stop();
  await server({ port: first.port });
  expect(await eventually(() => reachable(backend), 2000)).toBeLessThan(2000);
  expect(await backend.get('a')).toBeUndefined();
  expect(await backend.setIf?.('a', entryOf(2), 'absent')).toBe(true);
});

it('rejects within the timeout while the server is mute, and goes on when it is not', async () => {
  const own = await server();
  const backend = tier({ url: own.url });
  await backend.set('a', entryOf(1));
  own.freeze();
  const cold = await Promise.all(Array.from({ length: 100 }, () => rejection(() => backend.get('a'))));
  expect(cold[0]?.code).toBe('CACHE_TIMEOUT');
  expect(Math.max(...cold.map(({ ms }) => ms))).toBeLessThan(1000);
  expect((await rejection(() => backend.get('a'))).ms).toBeLessThan(100);
  own.thaw();
  await eventually(() => reachable(backend), 2000);
  expect(await backend.get('a')).toMatchObject({ value: 1 });
});

it('rejects the first call within the connect timeout where the server is mute from the start', async () => {
  const own = await server();
  own.freeze();
  const backend = tier({ url: own.url });
  const first = await rejection(() => backend.get('a'));
  expect(first.code).toBe('CACHE_TIMEOUT');
  expect(first.ms).toBeLessThan(1000);
  own.thaw();
  await eventually(() => reachable(backend), 2000);
});

it.each(['connected', 'never connected'])('closes within 1 s while the server is mute, %s', async (when) => {
  const own = await server();
  const backend = tier({ url: own.url, commandTimeout: 5000, connectTimeout: 5000 });
  if (when === 'connected') await backend.ping?.();
  own.freeze();
  const pending = rejection(() => backend.get('a'));
  const start = performance.now();
  await backend.close?.();
  expect(performance.now() - start).toBeLessThan(1000);
  expect((await pending).code).toBe('CACHE_CLOSED');
});

it('tries a read once more where it was late, and not an increment', async () => {
  const own = await server();
  const backend = tier({ url: own.url, retryOnTimeout: true, commandTimeout: 300 });
  await backend.set('a', entryOf(1));
  own.freeze();
  const read = Promise.resolve(backend.get('a'));
  const count = rejection(() => backend.increment?.('n', 1));
  expect((await count).code).toBe('CACHE_TIMEOUT');
  own.thaw();
  expect(await read).toMatchObject({ value: 1 });
});

it('finds a mute server by its health check, before a command needs it', async () => {
  const own = await server();
  const backend = tier({ url: own.url, healthCheckInterval: 50, commandTimeout: 100 });
  await backend.ping?.();
  own.freeze();
  const frozen = performance.now();
  await eventually(() => performance.now() - frozen > 300, 1000);
  const first = await rejection(() => backend.get('a'));
  expect(first.code).toBe('CACHE_CONNECTION');
  expect(first.ms).toBeLessThan(50);
  own.thaw();
  await eventually(() => reachable(backend), 2000);
});

it('serves the other nodes of a cluster while one is mute, and that one again within 2 s', async () => {
  const cluster = await startCluster();
  const backend = tier({ cluster: { rootNodes: cluster.urls.map((url) => ({ url })) } });
  const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`);
  await Promise.all(keys.map(async (key) => backend.set(key, entryOf(key))));
  cluster.nodes[0]?.freeze();
  const answers = await Promise.allSettled(keys.map(async (key) => backend.get(key)));
  const served = answers.filter(({ status }) => status === 'fulfilled').length;
  expect(served).toBeGreaterThan(10);
  expect(served).toBeLessThan(60);
  cluster.nodes[0]?.thaw();
  const all = async (): Promise<boolean> => {
    const again = await Promise.allSettled(keys.map(async (key) => backend.get(key)));
    return again.every((one, i) => one.status === 'fulfilled' && one.value?.value === keys[i]);
  };
  expect(await eventually(all, 2000)).toBeLessThan(2000);
  await cluster.stop();
}, 20_000);

it('goes on with a cluster whose nodes were all cut off', async () => {
  const cluster = await startCluster();
  const backend = tier({ cluster: { rootNodes: cluster.urls.map((url) => ({ url })) } });
  await backend.ping?.();
  const raw = await Promise.all(cluster.urls.map((url) => createClient({ url }).connect()));
  for (let i = 0; i < 3; i++) {
    await Promise.all(
      raw.map((node) => node.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])),
    );
    await eventually(() => reachable(backend), 2000);
  }
  for (const node of raw) node.destroy();
  await cluster.stop();
}, 20_000);

describe('reconnecting', () => {
  let refusing: TcpServer;
  let attempts = 0;
  beforeAll(async () => {
    refusing = createServer((socket) => {
      attempts++;
      socket.on('error', () => {});
      socket.destroy();
    });
    await new Promise<void>((ok) => refusing.listen(0, '127.0.0.1', ok));
  });
  afterAll(() => new Promise((ok) => refusing.close(ok)));

  it('tries at most 20 times in 8 s, however often it is called', async () => {
    const { port } = refusing.address() as { port: number };
    const backend = tier({ url: `redis://127.0.0.1:${port}` });
    const start = performance.now();
    await eventually(async () => {
      await Promise.allSettled(Array.from({ length: 20 }, async () => backend.get('a')));
      return performance.now() - start > 8000;
    }, 10_000);
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThanOrEqual(20);
  }, 15_000);
});

describe('refusals of the server', () => {
  const canary = 'canary-5ecret';

  it('are connection errors that show no password', async () => {
    const own = await server({ args: ['--requirepass', 'another'] });
    const wrong = tier({ url: `redis://user:${canary}@127.0.0.1:${own.port}`, connectTimeout: 2000 });
    const none = tier({ url: own.url, connectTimeout: 2000 });
    const seen = [await rejection(() => wrong.get('a')), await rejection(() => none.get('a'))];
    expect(seen.map(({ code }) => code)).toEqual(['CACHE_CONNECTION', 'CACHE_CONNECTION']);
    const error = await Promise.resolve(wrong.get('a')).catch((reason: unknown) => reason);
    const shown =
      inspect([error, wrong, seen], { depth: 20, showHidden: true }) + JSON.stringify([error, wrong]);
    expect(shown).not.toContain(canary);
  });

  it('of a full server unlink the old value that could not be replaced', async () => {
    const own = await server({ args: ['--maxmemory-policy', 'noeviction'] });
    const raw = createClient({ url: own.url });
    await raw.connect();
    const backend = tier({ url: own.url });
    await backend.set('a', entryOf('old'));
    await raw.configSet('maxmemory', '1');
    expect(await rejection(() => backend.set('a', entryOf('new')))).toMatchObject({ code: 'CACHE_FULL' });
    expect(await backend.get('a')).toBeUndefined();
    raw.destroy();
  });
});
