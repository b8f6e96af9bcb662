import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, type Cache, type CacheEvents, createCache, tiered } from '@keepsake/core';
import { redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import { createClient } from '@keyv/redis';
import { eventually, type Server, startCluster, startRedis } from '../../../test-support/redis-server.js';

/** The line of docs/tiers.md, in the words of ACL SETUSER. */
const RULE = /^ACL SETUSER (.*)$/m.exec(
  readFileSync(join(__dirname, '../../../docs/tiers.md'), 'utf8'),
) as RegExpExecArray;
const [user = '', ...rules] = (RULE[1] ?? '').split(' ');
const password = rules.find((rule) => rule.startsWith('>'))?.slice(1) ?? '';

let server: Server;
const errors: CacheEvents['tierError'][] = [];
const caches: Cache[] = [];
const backends: Backend[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => server.stop());

afterEach(closed);

async function closed(): Promise<void> {
  await Promise.all(caches.splice(0).map(async (cache) => cache.close()));
  backends.length = 0;
  errors.length = 0;
}

/** Makes the user anew, with these rules. */
async function setUser(url: string, given: readonly string[]): Promise<void> {
  const admin = createClient({ url });
  await admin.connect();
  await admin.sendCommand(['ACL', 'DELUSER', user]);
  await admin.sendCommand(['ACL', 'SETUSER', user, ...given]);
  admin.destroy();
}

/** The server, as the user sees it. */
function single(): Backend {
  const url = server.url.replace('redis://', `redis://${user}:${password}@`);
  return redis(url, { healthCheckInterval: '50ms' });
}

function open(backend: Backend, namespace = 'keepsake'): Cache {
  const cache = createCache({
    backend: tiered([memory(), backend]),
    namespace,
    ttl: '1h',
    staleIfError: '1h',
  });
  cache.on('tierError', (event) => errors.push(event));
  caches.push(cache);
  backends.push(backend);
  return cache;
}

function both(backend: () => Backend): [Cache, Cache] {
  return [open(backend()), open(backend())];
}

/** Everything that a cache can be asked. */
async function everything(a: Cache, b: Cache): Promise<void> {
  const [k, l] = [randomUUID(), randomUUID()];
  const tags = ['team:7'];
  // As a cache asks for a sign of life after an outage.
  await Promise.all(backends.map(async (backend) => backend.ping?.()));
  await a.set(k, 'old', { tags });
  expect(await b.get(k)).toBe('old');
  await a.setMany([
    { key: k, value: 1, tags },
    { key: l, value: 2 },
  ]);
  // Over the bus.
  await eventually(async () => (await b.get(k)) === 1, 2000);
  expect(await b.getMany([k, l])).toEqual([1, 2]);
  expect(await a.set(k, 3, { if: 'absent' })).toBe(false);
  expect(await a.set(k, 3, { if: 'present' })).toBe(true);
  await a.entry(k);
  await a.explain(k);
  expect(await a.touch(k, '5m')).toBe(true);
  expect(await a.markStale(k, { strict: true })).toBe(true);
  expect(await Promise.all([a, b].map(async (each) => each.getOrSet(k, () => 4, { tags })))).toContain(4);
  expect(await a.getOrSet(randomUUID(), () => new Uint8Array(2), { tags })).toHaveLength(2);
  expect(await a.increment(k, 2, { ttl: '1m' })).toBe(2);
  expect(await b.increment(k, 2)).toBe(4);
  await a.invalidateTags(tags, { strict: true, soft: true });
  await a.invalidateTags(tags, { strict: true });
  await a.namespace('users').set(k, 1);
  await a.namespace('users').clear({ strict: true });
  const find = a.cached(async (id: string) => id, { id: randomUUID(), ttl: '1h', tags });
  await find('42');
  await find.refresh('42');
  await find.delete('42');
  await find.clear({ strict: true });
  expect(await a.deleteMany([l, 'unknown'], { strict: true })).toBe(1);
  await a.set(k, 1);
  expect(await a.delete(k, { strict: true })).toBe(true);
  await a.set(`${k}:1`, 1);
  expect(await a.deletePattern(`${k}:*`, { strict: true })).toBe(1);
  await a.sweep();
  await a.clear({ strict: true });
  expect(a.stats().owed).toBe(0);
}

describe('the ACL rule of docs/tiers.md', () => {
  it('is enough for everything that a cache does', async () => {
    await setUser(server.url, rules);
    await everything(...both(single));
    await new Promise((passed) => setTimeout(passed, 150)); // some signs of life are asked for
    expect(errors.map(({ tier, operation, error }) => `${tier} ${operation}: ${String(error)}`)).toEqual([]);
  });

  // A password, a state and how channels are reset say nothing of what is needed.
  const needed = rules.filter((rule) => /^[~+%]/.test(rule));

  it.each(needed)('needs %s', async (rule) => {
    const others = rules.filter((each) => each !== rule);
    await setUser(server.url, others);
    const rejected = await everything(...both(single)).then(
      () => false,
      () => true, // a counter fails rather than guess
    );
    if (!rejected) await eventually(() => errors.length > 0, 2000);
  });

  it('is enough in a cluster too, with what is added there', async () => {
    const cluster = await startCluster();
    await Promise.all(cluster.urls.map(async (url) => setUser(url, [...rules, '+cluster|slots'])));
    const nodes = { rootNodes: cluster.urls.map((url) => ({ url })), defaults: { username: user, password } };
    await everything(...both(() => redis({ cluster: nodes })));
    expect(errors.map(({ tier, operation, error }) => `${tier} ${operation}: ${String(error)}`)).toEqual([]);
    await closed();
    await cluster.stop();
  }, 30_000);

  it('lets no cache of another namespace in', async () => {
    await setUser(server.url, rules);
    const other = open(single(), 'another');
    await other.set('k', 1);
    expect(errors).toContainEqual(expect.objectContaining({ tier: 'redis' }));
  });
});
