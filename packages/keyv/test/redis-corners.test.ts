import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { inspect, promisify } from 'node:util';
import {
  type Backend,
  type Cache,
  type CacheEvents,
  createCache,
  type Entry,
  systemClock,
  tiered,
} from '@keepsake/core';
import { type RedisOptions, redis, redisBus } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import { createClient } from '@keyv/redis';
import { eventually, type Server, startRedis } from '../../../test-support/redis-server.js';

const PASSWORD = 'secret-password';

let server: Server;
let client: unknown;
const admin = (): ReturnType<typeof createClient> => client as ReturnType<typeof createClient>;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startRedis();
  client = createClient({ url: server.url });
  await admin().connect();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  admin().destroy();
  await server.stop();
});

function tierOf(options: Partial<RedisOptions> = {}): Backend {
  const backend = redis({ url: server.url, ...options });
  closing.push(() => backend.close?.());
  return backend;
}

function cacheOf(namespace: string, url = server.url): Cache {
  const cache = createCache({ backend: tiered([memory(), redis(url)]), namespace, ttl: '1h' });
  closing.push(() => cache.close());
  return cache;
}

function entryOf(value: unknown): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 };
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('a redis tier', () => {
  it('knows the clock of the server although the process was busy while it connected', async () => {
    let asked = 0;
    const now = (): number => {
      // The second question for the time is the one before TIME is sent: its answer is read after that turn.
      if (++asked === 2) setImmediate(() => block(400));
      return systemClock.now();
    };
    const busy = tierOf({ clock: { now, after: (...timer) => systemClock.after(...timer) } });
    const other = tierOf();
    await other.ping?.();
    await busy.ping?.();
    const key = randomUUID();
    const written = entryOf(1);
    await busy.set(key, written);
    const read = await other.get(key);
    expect(Math.abs((read?.createdAt ?? 0) - written.createdAt)).toBeLessThan(50);
  });

  it('answers 20 000 reads of one key in one tick in no time', async () => {
    const backend = tierOf();
    const key = randomUUID();
    await backend.set(key, entryOf(1));
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 20_000 }, async () => backend.get(key)));
    // It took 3.6 s when their list was copied for each of them.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('voids a lease by a touch, which what is being loaded would undo', async () => {
    const backend = tierOf();
    const key = randomUUID();
    await backend.set(key, entryOf(1));
    expect(await backend.acquire?.(key, 'A', 5000, 'refresh')).toEqual({ granted: true });
    const now = systemClock.now();
    expect(await backend.touch?.(key, now, now + 60_000)).toBe(true);
    expect(await backend.fill?.(key, entryOf(2), 'A')).toBe(false);
    expect(await backend.get(key)).toMatchObject({ value: 1, staleAt: now });
  });

  it.each(['-xadd', '-eval', '-@stream', '-@all'])(
    'says what a user may not who has %s, without NULs and passwords, and goes on without it',
    async (rule) => {
      const user = `user${rule.replace(/\W/g, '')}`;
      await admin().sendCommand(['ACL', 'SETUSER', user, 'on', `>${PASSWORD}`, '~*', '&*', '+@all', rule]);
      const cache = cacheOf(user, server.url.replace('redis://', `redis://${user}:${PASSWORD}@`));
      const errors: CacheEvents['tierError'][] = [];
      cache.on('tierError', (event) => errors.push(event));
      expect(await cache.getOrSet('k', () => 'v')).toBe('v');
      await cache.delete('k');
      await eventually(() => errors.some(({ operation }) => operation === 'subscribe'), 3000);
      const said = errors.map(({ error }) => (error as Error).message).join();
      expect(said).toContain(rule === '-@all' ? 'NOPERM' : 'The user lacks a permission');
      expect(said).not.toContain('\0');
      expect(inspect(errors, { depth: 20, showHidden: true })).not.toContain(PASSWORD);
    },
  );

  it.each([
    `redis://user:${PASSWORD}@localhost:99999`,
    `redis://user:${PASSWORD}@[::1`,
    `http://user:${PASSWORD}@localhost`,
    `redis://user:${PASSWORD}@127.0.0.1:1`,
    `redis://user:${PASSWORD}@no.such.host.invalid:6379/abc`,
  ])('tells no password: %#', async (url) => {
    const seen: unknown[] = [];
    try {
      const backend = redis(url);
      closing.push(() => backend.close?.());
      await Promise.resolve(backend.get('k')).catch((error: unknown) => seen.push(error));
      const bus = redisBus(url);
      closing.push(() => bus.close?.());
      bus.subscribe({ message() {}, gap() {}, lost: (error) => seen.push(error) });
      await eventually(() => seen.length > 1, 3000);
    } catch (error) {
      seen.push(error);
    }
    expect(seen).not.toEqual([]);
    expect(inspect(seen, { depth: 20, showHidden: true }) + JSON.stringify(seen)).not.toContain(PASSWORD);
  });
});

describe('a cache over a redis tier', () => {
  it('has told the others of a delete when it is closed, though the process ends at once', async () => {
    const namespace = randomUUID();
    const reader = cacheOf(namespace);
    await eventually(async () => {
      await reader.set('k', 'old');
      return (await admin().exists(`\0bus:${namespace}`)) === 1 && (await reader.get('k')) === 'old';
    }, 2000);
    const program = `
      import { createCache, tiered } from '@keepsake/core';
      import { memory } from '@keepsake/memory';
      import { redis } from '@keepsake/keyv';
      const [, url, namespace] = process.argv;
      const cache = createCache({ backend: tiered([memory(), redis(url)]), namespace, ttl: '1h' });
      await cache.delete('k');
      await cache.close();
      process.exit(0);`;
    const node = ['--conditions=@keepsake/source', '--import=tsx', '--input-type=module', '-e', program];
    await promisify(execFile)(process.execPath, [...node, server.url, namespace], {
      cwd: dirname(__dirname),
    });
    expect(await admin().exists(`${namespace}:k`)).toBe(0);
    await eventually(async () => (await reader.get('k')) === undefined, 1000);
  });
});
