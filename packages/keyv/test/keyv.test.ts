import { randomUUID } from 'node:crypto';
import { type Backend, CacheConfigError, type Entry, systemClock } from '@keepsake/core';
import { keyv } from '@keepsake/keyv';
import KeyvRedis from '@keyv/redis';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { eventually, startRedis } from '../../../test-support/redis-server.js';
import { plainCodec } from './plain-codec.js';

const url = process.env.REDIS_URL ?? '';
const rootNodes = (): { url: string }[] =>
  (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((node) => ({ url: node }));
const codec = plainCodec;

function entryOf(value: unknown, ttl = 60_000): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + ttl / 2, expiresAt: now + ttl };
}

async function listed(backend: Backend, prefix?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of backend.keys(prefix)) keys.push(key);
  return keys.sort();
}

const stores: [name: string, make: () => Keyv | KeyvStoreAdapter | Map<string, unknown>][] = [
  ['a Map', () => new Map<string, unknown>()],
  ['a Keyv over a Map', () => new Keyv()],
  ['a Redis adapter', () => new KeyvRedis(url)],
  ['a Keyv over Redis with a namespace', () => new Keyv(new KeyvRedis(url), { namespace: 'shop' })],
  ['a Redis adapter on a cluster', () => new KeyvRedis({ rootNodes: rootNodes() })],
];

describe.each(stores)('keyv() over %s', (_name, make) => {
  const at = `${randomUUID()}:`;
  const store = make();
  const backend = keyv(store, { codec });

  afterAll(async () => {
    await backend.clear(at);
    await backend.close?.();
    if (!(store instanceof Map)) await store.disconnect?.();
  });

  it('answers 100 concurrent first sets and gets', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `${at}${i}`);
    await Promise.all(keys.map(async (key, i) => backend.set(key, entryOf({ i }))));
    const found = await Promise.all(keys.map(async (key) => backend.get(key)));
    expect(found.map((entry) => entry?.value)).toEqual(keys.map((_, i) => ({ i })));
    expect(await backend.get(`${at}never`)).toBeUndefined();
  });

  it('gives back the entry with all that it carries, and drops it when it has expired', async () => {
    const entry = { ...entryOf('x'), loadTime: 12.5, tags: { a: 'nonce' } };
    await backend.set(`${at}x`, entry);
    expect(await backend.get(`${at}x`)).toEqual(entry);
    await backend.set(`${at}short`, entryOf('x', 50));
    await eventually(async () => (await backend.get(`${at}short`)) === undefined, 1000);
  });

  it('deletes, and says whether there was anything', async () => {
    await backend.set(`${at}d`, entryOf(1));
    expect(await backend.delete(`${at}d`)).toBe(true);
    expect(await backend.delete(`${at}d`)).toBe(false);
  });

  it('clears and lists by a literal prefix, also where keys hold :: and % and glob characters', async () => {
    const keys = ['p*::1', 'p*::%3A', 'p*:2', 'px::3'].map((key) => `${at}${key}`);
    await Promise.all(keys.map(async (key, i) => backend.set(key, entryOf(i))));
    expect(await listed(backend, `${at}p*`)).toEqual(keys.slice(0, 3).sort());
    await backend.clear(`${at}p*`);
    const left = await Promise.all(keys.map(async (key) => backend.get(key)));
    expect(left.map((entry) => entry?.value)).toEqual([undefined, undefined, undefined, 3]);
  });

  it('keeps the namespace of a key apart from a key that looks like it', async () => {
    await backend.set(`${at}k`, entryOf('short'));
    await backend.set(`shop:${at}k`, entryOf('long'));
    await backend.set(`keyv:${at}k`, entryOf('longer'));
    expect(await backend.get(`${at}k`)).toMatchObject({ value: 'short' });
    expect(await backend.get(`shop:${at}k`)).toMatchObject({ value: 'long' });
    await backend.clear(`shop:${at}`);
    await backend.clear(`keyv:${at}`);
  });
});

describe('keyv()', () => {
  it('never clears what others have put into the store', async () => {
    const map = new Map<string, unknown>([
      ['theirs', 'text'],
      ['number', 7],
    ]);
    const backend = keyv(map, { codec });
    await backend.set('ours', entryOf(1));
    await backend.clear();
    expect([...map.keys()]).toEqual(['theirs', 'number']);
    expect(await backend.get('theirs')).toBeUndefined();
  });

  it('is local over a Map alone', () => {
    expect(keyv(new Map(), { codec }).local).toBe(true);
    expect(keyv(new KeyvRedis(url), { codec }).local).toBeUndefined();
  });

  it('rejects where the store is gone, and the process lives', async () => {
    const server = await startRedis();
    const socket = { reconnectStrategy: false as const };
    const backend = keyv(new KeyvRedis({ url: server.url, disableOfflineQueue: true, socket }), { codec });
    await backend.set('a', entryOf(1));
    await server.stop();
    await expect(Promise.resolve(backend.get('a'))).rejects.toThrow();
    await expect(Promise.resolve(backend.set('a', entryOf(2)))).rejects.toThrow();
    await expect(Promise.resolve(backend.clear())).rejects.toThrow();
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a namespace with glob characters',
      () => new Keyv(new KeyvRedis(url), { namespace: 'a*' }),
      /namespace 'a\*'/,
    ],
    [
      'a store that cannot list its keys',
      () => ({ opts: {}, get() {}, set() {}, delete() {}, clear() {}, on() {} }),
      /cannot list its keys/,
    ],
    ['what is no store', () => ({}), /must be a Keyv, a Keyv store adapter or a Map/],
  ])('refuses %s', (_what, make, message) => {
    const build = (): Backend => keyv(make() as Keyv, { codec });
    expect(build).toThrow(CacheConfigError);
    expect(build).toThrow(message);
  });

  it('refuses an unknown option', () => {
    expect(() => keyv(new Map(), { ttl: 5 } as never)).toThrow(
      /'ttl' is no option. Allowed: name, codec, clock/,
    );
  });
});
