import { randomUUID } from 'node:crypto';
import { type Backend, type Entry, systemClock } from '@keepsake/core';
import { redis } from '@keepsake/keyv';
import { createClient } from '@keyv/redis';
import { type Server, startRedis } from '../../../test-support/redis-server.js';

const LEASE = 60_000;

let server: Server;
let backend: Backend;
const raw = (): ReturnType<typeof createClient> => client as unknown as ReturnType<typeof createClient>;
let client: unknown;
/** What was sent to the server between two questions for it, by command. */
let commands: () => Promise<Readonly<Record<string, number>>>;

beforeAll(async () => {
  server = await startRedis();
  client = createClient({ url: server.url });
  await raw().connect();
  commands = async () => {
    const stats = await raw().info('commandstats');
    await raw().sendCommand(['CONFIG', 'RESETSTAT']);
    const calls = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
    return Object.fromEntries(
      calls
        .map(([, name = '', count]) => [name, Number(count)] as const)
        .filter(([name]) => COUNTED.includes(name)),
    );
  };
});
afterAll(async () => {
  raw().destroy();
  await server.stop();
});

const COUNTED: readonly string[] = ['get', 'mget', 'eval', 'evalsha'];

beforeEach(async () => {
  backend = redis(server.url);
  await backend.ping?.();
  await commands();
});
afterEach(async () => backend.close?.());

function entryOf(value: unknown, ttl = 60_000): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
}

const acquire = async (key: string, token: string, refresh?: 'refresh'): Promise<unknown> =>
  backend.acquire?.(key, token, LEASE, refresh);

describe('a question for a value or its lease', () => {
  it('is one round trip where it is alone in its tick', async () => {
    const key = randomUUID();
    expect(await acquire(key, 'A')).toEqual({ granted: true });
    await backend.set(key, entryOf(1));
    expect(await acquire(key, 'B')).toMatchObject({ entry: { value: 1 } });
    // The script reads the value by itself: that counts too.
    expect(await commands()).toEqual({ eval: 2, get: 2 });
  });

  it('travels with the others of its tick as one read, and asks for leases only where that missed', async () => {
    const keys = Array.from({ length: 100 }, () => randomUUID());
    const there = keys.slice(0, 97);
    await backend.setMany?.(there.map((key) => [key, entryOf(key)]));
    const answers = await Promise.all(keys.map((key) => acquire(key, 'A')));
    expect(answers.filter((answer) => (answer as { entry?: unknown }).entry)).toHaveLength(97);
    expect(answers.slice(97)).toEqual([{ granted: true }, { granted: true }, { granted: true }]);
    expect(await commands()).toEqual({ mget: 1, eval: 3, get: 3 });
  });

  it('shares that read with plain reads, each key once', async () => {
    const key = randomUUID();
    await backend.set(key, entryOf(1));
    const answers = await Promise.all([backend.get(key), acquire(key, 'A'), backend.get(key)]);
    expect(answers).toMatchObject([{ value: 1 }, { entry: { value: 1 } }, { value: 1 }]);
    expect(await commands()).toEqual({ mget: 1 });
  });

  it('takes what is damaged for a miss, and its fill repairs it', async () => {
    const key = randomUUID();
    await backend.set(key, entryOf({ a: 1 }));
    await raw().setRange(key, 53, '#');
    expect(await backend.get(key)).toBeUndefined();
    expect(await acquire(key, 'A')).toEqual({ granted: true });
    expect(await backend.fill?.(key, entryOf(2), 'A')).toBe(true);
    expect(await backend.get(key)).toMatchObject({ value: 2 });
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['a text', (key) => raw().set(key, 'foreign')],
    ['an empty text', (key) => raw().set(key, '')],
    ['a truncated entry', (key) => raw().set(key, 'E\0k2')],
    ['a list', (key) => raw().lPush(key, 'foreign')],
    ['a hash', (key) => raw().hSet(key, 'foreign', '1')],
  ])('takes %s for a miss', async (_what, put) => {
    const key = randomUUID();
    await put(key);
    expect(await acquire(key, 'A')).toEqual({ granted: true });
    expect(await acquire(key, 'B')).toEqual({ held: true });
    expect(await backend.fill?.(key, entryOf(2), 'A')).toBe('awaited');
    expect(await backend.get(key)).toMatchObject({ value: 2 });
  });
});

describe('a lease', () => {
  it.each<[string, (key: string) => Promise<unknown>]>([
    ['SET', (key) => raw().set(key, 'foreign')],
    ['DEL', (key) => raw().del(key)],
    ['FLUSHDB', () => raw().flushDb()],
  ])('is void after a %s by somebody who knows nothing of it', async (_command, work) => {
    const key = randomUUID();
    await acquire(key, 'A');
    await work(key);
    expect(await backend.fill?.(key, entryOf('late'), 'A')).toBe(false);
    expect(await backend.get(key)).toBeUndefined();
  });

  it('is granted again to its holder, whose first answer may have been lost', async () => {
    const key = randomUUID();
    expect(await acquire(key, 'A')).toEqual({ granted: true });
    expect(await acquire(key, 'B')).toEqual({ held: true });
    expect(await acquire(key, 'A')).toEqual({ granted: true });
    expect(await backend.fill?.(key, entryOf(1), 'A')).toBe('awaited');
  });

  it('of a dead process ends with its time, by the server', async () => {
    const key = randomUUID();
    await backend.acquire?.(key, 'A', 30_000);
    expect(await raw().pTTL(key)).toBeGreaterThan(29_000);
    expect(await raw().pTTL(key)).toBeLessThanOrEqual(30_000);
  });

  it('that is renewed outlives the entry that it refreshes', async () => {
    const key = randomUUID();
    await backend.set(key, entryOf('old', 10_000));
    await backend.acquire?.(key, 'A', 5000, 'refresh');
    expect(await raw().pTTL(key)).toBeLessThanOrEqual(10_000);
    expect(await backend.renew?.(key, 'A', 30_000)).toBe(true);
    expect(await raw().pTTL(key)).toBeGreaterThan(29_000);
    expect(await backend.get(key)).toMatchObject({ value: 'old' });
  });

  it('never shortens the life of the entry that it refreshes', async () => {
    const [key, ever] = [randomUUID(), randomUUID()];
    await backend.set(key, entryOf('old', 60_000));
    await backend.set(ever, entryOf('old', Number.POSITIVE_INFINITY));
    await backend.acquire?.(key, 'A', 5000, 'refresh');
    await backend.acquire?.(ever, 'A', 5000, 'refresh');
    expect(await raw().pTTL(key)).toBeGreaterThan(59_000);
    expect(await raw().pTTL(ever)).toBe(-1);
  });

  it('stores nothing where the entry would be over at once, and is spent', async () => {
    const key = randomUUID();
    await acquire(key, 'A');
    expect(await backend.fill?.(key, entryOf(1, 0), 'A')).toBe(true);
    expect(await raw().exists(key)).toBe(0);
  });

  it('keeps tokens of any length apart', async () => {
    const key = randomUUID();
    const long = 'x'.repeat(1000);
    await acquire(key, `${long}1`);
    expect(await backend.fill?.(key, entryOf(1), `${long}2`)).toBe(false);
    expect(await backend.fill?.(key, entryOf(1), '')).toBe(false);
    expect(await backend.fill?.(key, entryOf(1), `${long}1`)).toBe(true);
  });
});
