import { randomUUID } from 'node:crypto';
import { type Backend, type Entry, systemClock } from '@keepsake/core';
import { type RedisOptions, redis } from '@keepsake/keyv';
import { createClient, createCluster } from '@keyv/redis';
import { eventually } from '../../../test-support/redis-server.js';
import { byteCodec, plainCodec } from './plain-codec.js';

const url = process.env.REDIS_URL ?? '';
const rootNodes = (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((node) => ({ url: node }));

/** What the tests do behind the backend's back. */
interface RawRedis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  lPush(key: string, value: string): Promise<unknown>;
  pTTL(key: string): Promise<number>;
  unlink(key: string): Promise<number>;
}

interface Raw extends RawRedis {
  connect(): Promise<unknown>;
  destroy(): unknown;
}

function entryOf(value: unknown, ttl = 60_000): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + ttl / 2, expiresAt: now + ttl };
}

async function listed(backend: Backend, prefix?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of backend.keys(prefix)) keys.push(key);
  return keys.sort();
}

const servers: [name: string, options: RedisOptions, raw: () => Raw][] = [
  ['a single server', { url }, () => createClient({ url }) as unknown as Raw],
  ['a cluster', { cluster: { rootNodes } }, () => createCluster({ rootNodes }) as unknown as Raw],
];

describe.each(servers)('redis() on %s', (_name, options, connectRaw) => {
  const at = `${randomUUID()}:`;
  const backend = redis({ ...options, codec: plainCodec });
  const raw = connectRaw();

  beforeAll(() => raw.connect());
  afterAll(async () => {
    await backend.clear(at);
    await backend.close?.();
    raw.destroy();
  });

  it('gives back what was set, with its instants and tags', async () => {
    const entry = { ...entryOf({ name: 'Ada' }), tags: { team: 'nonce' } };
    await backend.set(`${at}a`, entry);
    expect(await backend.get(`${at}a`)).toEqual(entry);
  });

  it('misses what was never set', async () => {
    expect(await backend.get(`${at}never`)).toBeUndefined();
  });

  it('keeps null and undefined apart from absence', async () => {
    await backend.set(`${at}null`, entryOf(null));
    expect(await backend.get(`${at}null`)).toMatchObject({ value: null });
  });

  it('answers 200 concurrent first sets and gets over all slots', async () => {
    const fresh = redis({ ...options, codec: plainCodec });
    const keys = Array.from({ length: 200 }, (_, i) => `${at}first:${i}`);
    await Promise.all(keys.map(async (key, i) => fresh.set(key, entryOf(i))));
    const found = await Promise.all(keys.map(async (key) => fresh.get(key)));
    expect(found.map((entry) => entry?.value)).toEqual(keys.map((_, i) => i));
    await fresh.close?.();
  });

  it('leaves the expiry to the server, and an entry without an end without one', async () => {
    await backend.set(`${at}short`, entryOf(1, 80));
    await backend.set(`${at}ever`, { ...entryOf(1), staleAt: Infinity, expiresAt: Infinity });
    expect(await raw.pTTL(`${at}short`)).toBeLessThanOrEqual(80);
    expect(await raw.pTTL(`${at}ever`)).toBe(-1);
    expect(await backend.get(`${at}ever`)).toMatchObject({ expiresAt: Infinity });
    await eventually(async () => (await backend.get(`${at}short`)) === undefined, 1000);
  });

  it('goes by the end of an entry that expires before it is stale, and keeps when it is stale', async () => {
    const entry = { ...entryOf(1), staleAt: Infinity };
    const expectBounded = async (expiresAt: number): Promise<void> => {
      expect(await backend.get(`${at}bounded`)).toEqual({ ...entry, expiresAt });
      const left = await raw.pTTL(`${at}bounded`);
      expect(left > 0 && left <= Math.ceil(expiresAt - entry.createdAt)).toBe(true);
    };
    await backend.set(`${at}bounded`, entry);
    await expectBounded(entry.expiresAt);
    expect(await backend.touch?.(`${at}bounded`, Infinity, entry.createdAt + 30_000)).toBe(true);
    await expectBounded(entry.createdAt + 30_000);
  });

  it('removes what is there when it is told to store what has expired', async () => {
    await backend.set(`${at}gone`, entryOf(1));
    await backend.set(`${at}gone`, entryOf(2, -1));
    expect(await raw.get(`${at}gone`)).toBeNull();
  });

  it('deletes, and says whether there was anything', async () => {
    await backend.set(`${at}d`, entryOf(1));
    expect(await backend.delete(`${at}d`)).toBe(true);
    expect(await backend.delete(`${at}d`)).toBe(false);
  });

  it.each(['connected', 'not yet connected'])(
    'keeps the order in which calls were made, %s',
    async (state) => {
      const fresh = redis({ ...options, codec: plainCodec });
      if (state === 'connected') await fresh.ping?.();
      const key = `${at}order`;
      const expiresAt = systemClock.now() + 1000;
      const answers = await Promise.all([
        fresh.set(key, entryOf(1)),
        fresh.touch?.(key, expiresAt, expiresAt),
        fresh.delete(key),
        fresh.setIf?.(key, entryOf(2), 'absent'),
        fresh.setIf?.(key, entryOf(3), 'present'),
        fresh.get(key),
        fresh.delete(key),
        fresh.delete(key),
      ]);
      expect(answers).toMatchObject([undefined, true, true, true, true, { value: 3 }, true, false]);
      await fresh.close?.();
    },
  );

  it('answers batches in order, over all slots', async () => {
    const keys = Array.from({ length: 1200 }, (_, i) => `${at}many:${i}`);
    await backend.setMany?.(keys.map((key, i) => [key, entryOf(i)]));
    const found = await backend.getMany?.([...keys, `${at}never`]);
    expect(found?.map((entry) => entry?.value)).toEqual([...keys.map((_, i) => i), undefined]);
    const removed = await backend.deleteMany?.([`${at}never`, ...keys]);
    expect(removed).toEqual([false, ...keys.map(() => true)]);
  });

  it.each(['null', '42', '[]', '', 'E\0k1', 'E\0k1 cut in the header'])(
    'misses the corrupt value %j, and repairs it at the next set',
    async (value) => {
      await raw.set(`${at}corrupt`, value);
      expect(await backend.get(`${at}corrupt`)).toBeUndefined();
      expect(await backend.getMany?.([`${at}corrupt`])).toEqual([undefined]);
      expect(await backend.setIf?.(`${at}corrupt`, entryOf(0), 'present')).toBe(false);
      expect(await backend.touch?.(`${at}corrupt`, 1, systemClock.now() + 1000)).toBe(false);
      await backend.set(`${at}corrupt`, entryOf('whole'));
      expect(await backend.get(`${at}corrupt`)).toMatchObject({ value: 'whole' });
    },
  );

  it('misses an entry whose end is missing, and repairs it at the next set', async () => {
    await backend.set(`${at}cut`, entryOf({ long: 'x'.repeat(100) }));
    const whole = (await raw.get(`${at}cut`)) ?? '';
    await raw.set(`${at}cut`, whole.slice(0, -20));
    expect(await backend.get(`${at}cut`)).toBeUndefined();
    await backend.set(`${at}cut`, entryOf('whole'));
    expect(await backend.get(`${at}cut`)).toMatchObject({ value: 'whole' });
  });

  it('misses a list, and replaces it', async () => {
    await raw.lPush(`${at}list`, 'foreign');
    expect(await backend.get(`${at}list`)).toBeUndefined();
    await backend.set(`${at}list`, entryOf('ours'));
    expect(await backend.get(`${at}list`)).toMatchObject({ value: 'ours' });
  });

  it('gives a live entry new instants and keeps its value and its load time', async () => {
    const entry = { ...entryOf('kept', 5000), loadTime: 12.5 };
    await backend.set(`${at}t`, entry);
    const expiresAt = entry.createdAt + 90_000;
    expect(await backend.touch?.(`${at}t`, entry.createdAt + 80_000, expiresAt)).toBe(true);
    expect(await backend.get(`${at}t`)).toEqual({ ...entry, staleAt: entry.createdAt + 80_000, expiresAt });
    expect(await raw.pTTL(`${at}t`)).toBeGreaterThan(80_000);
    expect(await backend.touch?.(`${at}t`, Infinity, Infinity)).toBe(true);
    expect(await raw.pTTL(`${at}t`)).toBe(-1);
    expect(await backend.touch?.(`${at}never`, expiresAt, expiresAt)).toBe(false);
  });

  it('stores only if absent, or only if present', async () => {
    const key = `${at}if`;
    expect(await backend.setIf?.(key, entryOf(1), 'present')).toBe(false);
    const firsts = await Promise.all([1, 2, 3].map(async (n) => backend.setIf?.(key, entryOf(n), 'absent')));
    expect(firsts.filter(Boolean)).toHaveLength(1);
    expect(await backend.setIf?.(key, entryOf(4, 5000), 'present')).toBe(true);
    expect(await backend.get(key)).toMatchObject({ value: 4 });
    expect(await raw.pTTL(key)).toBeLessThanOrEqual(5000);
  });

  it('counts atomically, in a bare integer that lives from its creation', async () => {
    const key = `${at}hits`;
    const counts = await Promise.all(
      Array.from({ length: 50 }, async () => backend.increment?.(key, 2, 10_000)),
    );
    expect(Math.max(...counts.map(Number))).toBe(100);
    expect(await raw.get(key)).toBe('100');
    const life = await raw.pTTL(key);
    await backend.increment?.(key, -1, 900_000);
    expect(await raw.pTTL(key)).toBeLessThanOrEqual(life);
    expect(await backend.increment?.(`${at}ever-counted`, 1)).toBe(1);
    expect(await raw.pTTL(`${at}ever-counted`)).toBe(-1);
  });

  it('refuses to count in an entry', async () => {
    await backend.set(`${at}entry`, entryOf(1));
    await expect(backend.increment?.(`${at}entry`, 1)).rejects.toMatchObject({
      code: 'CACHE',
      key: `${at}entry`,
    });
  });

  it('takes a prefix literally, whatever glob characters it holds', async () => {
    const odd = `${at}a*[b]?\\^-c:`;
    await backend.set(`${odd}mine`, entryOf(1));
    await backend.set(`${at}axxb!c:other`, entryOf(2));
    expect(await listed(backend, odd)).toEqual([`${odd}mine`]);
    await backend.clear(odd);
    expect(await listed(backend, odd)).toEqual([]);
    expect(await backend.get(`${at}axxb!c:other`)).toMatchObject({ value: 2 });
  });

  it('lists internal keys only under a prefix that names them', async () => {
    await backend.set(`\0${at}marker`, entryOf(1));
    await backend.set(`${at}list:plain`, entryOf(1));
    expect(await listed(backend, `\0${at}`)).toEqual([`\0${at}marker`]);
    expect((await listed(backend)).some((key) => key.startsWith('\0'))).toBe(false);
    await backend.clear(`\0${at}`);
    expect(await backend.get(`\0${at}marker`)).toBeUndefined();
  });

  it('keeps keys apart that differ in a lone surrogate', async () => {
    const keys = ['\ud800', '\ud801', '\udc00', '\ufffd', '😀'].map((end) => `${at}s:${end}`);
    await Promise.all(keys.map(async (key, i) => backend.set(key, entryOf(i))));
    expect((await backend.getMany?.(keys))?.map((entry) => entry?.value)).toEqual([0, 1, 2, 3, 4]);
    expect(await listed(backend, `${at}s:`)).toEqual([...keys].sort());
    await backend.clear(`${at}s:\ud800`);
    expect((await backend.getMany?.(keys))?.map((entry) => entry?.value)).toEqual([undefined, 1, 2, 3, 4]);
  });

  it('clears in steps and keeps 5 000 foreign keys, with a prefix and without', async () => {
    const foreign = Array.from({ length: 5000 }, (_, i) => `foreign:${at}${i}`);
    await Promise.all(foreign.map((key) => raw.set(key, 'theirs')));
    await raw.lPush(`foreign:${at}list`, 'theirs');
    await backend.setMany?.(Array.from({ length: 1500 }, (_, i) => [`${at}c:${i}`, entryOf(i)] as const));
    await backend.clear(`${at}c:`);
    expect(await listed(backend, `${at}c:`)).toEqual([]);
    await backend.set(`${at}c:last`, entryOf(1));
    await backend.clear();
    expect(await backend.get(`${at}c:last`)).toBeUndefined();
    const left = await Promise.all(foreign.map((key) => raw.unlink(key)));
    expect(left.filter((removed) => removed === 1)).toHaveLength(5000);
    expect(await raw.unlink(`foreign:${at}list`)).toBe(1);
  });

  it('carries Map, Date and BigInt through the default codec, and refuses what it cannot carry', async () => {
    const lossless = redis({ ...options });
    const value = { map: new Map([[1n, new Date(0)]]), none: undefined, ends: [NaN, -0, Infinity] };
    await lossless.set(`${at}rich`, entryOf(value));
    expect(await lossless.get(`${at}rich`)).toMatchObject({ value });
    const refused = lossless.set(`${at}rich`, entryOf({ run: () => 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'CACHE_SERIALIZATION', key: `${at}rich` });
    expect(await lossless.get(`${at}rich`)).toMatchObject({ value });
    await lossless.close?.();
  });

  it('carries what a codec writes as bytes', async () => {
    const bytes = redis({ ...options, codec: byteCodec });
    await bytes.set(`${at}bytes`, entryOf('ä'));
    expect(await bytes.get(`${at}bytes`)).toMatchObject({ value: 'ä' });
    await bytes.close?.();
  });

  it('speaks in the time of its own clock, whatever the clock of the server shows', async () => {
    const ahead = { ...systemClock, now: () => systemClock.now() + 90_000 };
    const skewed = redis({ ...options, codec: plainCodec, clock: ahead });
    const entry = {
      ...entryOf('skewed', 20_000),
      createdAt: ahead.now(),
      staleAt: ahead.now(),
      expiresAt: ahead.now() + 20_000,
    };
    await skewed.set(`${at}skew`, entry);
    expect(await skewed.get(`${at}skew`)).toEqual(entry);
    expect(await raw.pTTL(`${at}skew`)).toBeLessThanOrEqual(20_000);
    const here = await backend.get(`${at}skew`);
    expect(Math.abs((here?.expiresAt ?? 0) - (entry.expiresAt - 90_000))).toBeLessThan(100);
    await skewed.close?.();
  });

  it("leaves the application's own client open", async () => {
    const own = connectRaw();
    const over = redis({ client: own as never, codec: plainCodec });
    await over.set(`${at}own`, entryOf('through the own client'));
    expect(await over.get(`${at}own`)).toMatchObject({ value: 'through the own client' });
    await over.close?.();
    expect(await own.get(`${at}own`)).toContain('own client');
    await expect(over.get(`${at}own`)).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    own.destroy();
  });

  it('answers a ping, and refuses work after close', async () => {
    const closing = redis({ ...options, codec: plainCodec });
    await closing.ping?.();
    await closing.close?.();
    await closing.close?.();
    await expect(closing.get('x')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    await expect(closing.ping?.()).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  });
});

it('refuses fewer connections than a cluster has masters', async () => {
  const backend = redis({ cluster: { rootNodes }, codec: plainCodec, maxConnections: 2 });
  await expect(backend.get('x')).rejects.toThrow(/maxConnections: 2.*3 masters.*at least 3/);
  await backend.close?.();
});
