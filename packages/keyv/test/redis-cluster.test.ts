import { type Backend, type Cache, CacheError, createCache, type Entry, systemClock } from '@keepsake/core';
import { type RedisOptions, redis } from '@keepsake/keyv';
import { createClient } from '@keyv/redis';
import { type Cluster, eventually, type Server, startCluster } from '../../../test-support/redis-server.js';
import { plainCodec } from './plain-codec.js';

/** The nodes agree on a failure after a second of silence; the rest is for a loaded machine. */
const PROMOTED_WITHIN = 15_000;
const COMMAND_TIMEOUT = 250;
/** What a loaded machine may add, in ms. */
const SLACK = 500;

type Raw = ReturnType<typeof createClient>;

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const closing: (() => unknown)[] = [];

beforeAll(() => process.on('unhandledRejection', onUnhandled));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  expect(unhandled).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', onUnhandled));

function startReplicated(): Promise<Cluster> {
  // Without full coverage the other slots are served on while one master is missing.
  const args = ['--cluster-require-full-coverage', 'no', '--cluster-allow-replica-migration', 'no'];
  return startCluster({ replicas: true, nodeTimeout: 1000, args });
}

function optionsOf(urls: readonly string[]): RedisOptions {
  return {
    codec: plainCodec,
    commandTimeout: COMMAND_TIMEOUT,
    cluster: { rootNodes: urls.map((url) => ({ url })) },
  };
}

function tier(urls: readonly string[]): Backend {
  const backend = redis(optionsOf(urls));
  closing.push(() => backend.close?.());
  return backend;
}

async function raw({ url }: { url: string }): Promise<Raw> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  closing.push(() => client.isOpen && client.destroy());
  return client as Raw;
}

function entryOf(value: unknown): Entry {
  const now = systemClock.now();
  return { value, createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 };
}

interface Outcome {
  readonly ms: number;
  readonly error?: unknown;
}

async function outcome(work: () => unknown): Promise<Outcome> {
  const start = performance.now();
  try {
    await work();
    return { ms: performance.now() - start };
  } catch (error) {
    return { ms: performance.now() - start, error };
  }
}

function slowest(outcomes: readonly Outcome[]): number {
  return Math.max(...outcomes.map(({ ms }) => ms));
}

/** Settles when every replica has all that its master has. */
async function replicated({ nodes }: Cluster): Promise<void> {
  for (const node of nodes) {
    const client = await raw(node);
    await eventually(async () => {
      const told = await client.info('replication');
      const [, offset] = /master_repl_offset:(\d+)/.exec(told) ?? [];
      return told.includes(`offset=${offset},`);
    }, 5000);
  }
}

/** Those of `keys` that `node` has, by its own word. */
async function keysOf(node: Server, keys: readonly string[]): Promise<readonly string[]> {
  const client = await raw(node);
  const there = await Promise.all(keys.map((key) => client.exists(key).catch(() => 0)));
  client.destroy();
  return keys.filter((_key, at) => there[at] === 1);
}

describe('redis() while a slot moves', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 20_000);
  afterAll(() => cluster.stop());

  it('finds every key on either side of the migration, and where the slot has gone', async () => {
    const backend = tier(cluster.urls);
    const [a, b, c] = ['{moving}a', '{moving}b', '{moving}c'];
    await Promise.all([a, b].map(async (key) => backend.set(key, entryOf(key))));
    const clients = await Promise.all(cluster.nodes.map(raw));
    const slot = String(await clients[0]?.sendCommand(['CLUSTER', 'KEYSLOT', a]));
    const held = await Promise.all(cluster.nodes.map((node) => keysOf(node, [a])));
    const from = held.findIndex((keys) => keys.length === 1);
    const to = (from + 1) % 3;
    const [source, target] = [clients[from] as Raw, clients[to] as Raw];
    const ids = await Promise.all(
      [source, target].map(async (client) => String(await client.sendCommand(['CLUSTER', 'MYID']))),
    );
    const [sourceId, targetId] = ids as [string, string];

    await target.sendCommand(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId]);
    await source.sendCommand(['CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId]);
    const port = String(cluster.nodes[to]?.port);
    await source.sendCommand(['MIGRATE', '127.0.0.1', port, a, '0', '1000']);
    await expect(source.get(a)).rejects.toThrow(/^ASK/);
    expect(await backend.get(a)).toMatchObject({ value: a });
    expect(await backend.get(b)).toMatchObject({ value: b });
    expect(await backend.getMany?.([a, b])).toMatchObject([{ value: a }, { value: b }]);
    expect(await backend.setIf?.(c, entryOf(c), 'absent')).toBe(true);
    expect(await backend.setIf?.(a, entryOf('twice'), 'absent')).toBe(false);
    expect(await backend.deleteMany?.([a, b])).toEqual([true, true]);
    expect(await backend.get(a)).toBeUndefined();
    await Promise.all([a, b].map(async (key) => backend.set(key, entryOf(key))));

    for (const client of [target, source, ...clients]) {
      await client.sendCommand(['CLUSTER', 'SETSLOT', slot, 'NODE', targetId]);
    }
    await expect(source.get(a)).rejects.toThrow(/^MOVED/);
    for (const key of [a, b, c]) expect(await backend.get(key)).toMatchObject({ value: key });
    await backend.set(a, entryOf('later'));
    expect(await backend.get(a)).toMatchObject({ value: 'later' });
    expect(await backend.delete(a)).toBe(true);
  }, 20_000);
});

const LOSSES: [name: string, lose: (master: Server) => unknown][] = [
  ['killed', (master) => master.kill()],
  ['frozen', (master) => master.freeze()],
];

describe.each(LOSSES)('redis() on a cluster with replicas of which one master is %s', (_name, lose) => {
  it('serves the other slots on, and its slots once the replica is promoted', async () => {
    const cluster = await startReplicated();
    closing.push(() => cluster.stop());
    const [lost] = cluster.nodes as [Server];
    const [replica] = cluster.replicas as [Server];
    const backend = tier(cluster.urls);
    // What it is told of is not all there is.
    const narrow = tier([lost.url]);
    const keys = Array.from({ length: 30 }, (_, i) => `key:${i}`);
    await backend.setMany?.(keys.map((key) => [key, entryOf(key)]));
    await narrow.getMany?.(keys);
    await replicated(cluster);
    const gone = new Set(await keysOf(lost, keys));
    expect(gone.size).toBeGreaterThan(3);
    expect(gone.size).toBeLessThan(keys.length);
    expect(await backend.getMany?.(keys)).toMatchObject(keys.map((value) => ({ value })));
    for (const one of cluster.replicas) {
      expect(await (await raw(one)).info('commandstats')).not.toMatch(/cmdstat_m?get:/);
    }

    await lose(lost);
    const others: Outcome[] = [];
    const lostOnes: Outcome[] = [];
    const batches: Outcome[] = [];
    await eventually(async () => {
      const round = await Promise.all(keys.map((key) => outcome(() => backend.get(key))));
      others.push(...round.filter((_one, at) => !gone.has(keys[at] as string)));
      lostOnes.push(...round.filter((_one, at) => gone.has(keys[at] as string)));
      const whole = await outcome(async () => {
        expect(await backend.getMany?.(keys)).toMatchObject(keys.map((value) => ({ value })));
      });
      batches.push(whole);
      return [...round, whole].every(({ error }) => error === undefined);
    }, PROMOTED_WITHIN);
    expect(others.flatMap(({ error }) => error ?? [])).toEqual([]);
    const errors = [...lostOnes, ...batches].flatMap(({ error }) => error ?? []);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((error) => !CacheError.is(error))).toEqual([]);
    expect(slowest([...others, ...lostOnes, ...batches])).toBeLessThan(COMMAND_TIMEOUT + SLACK);
    expect(await keysOf(replica, keys)).toEqual([...gone]);
    await eventually(async () => {
      const one = await outcome(() => narrow.getMany?.(keys));
      return one.error === undefined;
    }, 5000);
    expect(await backend.deleteMany?.(keys)).toEqual(keys.map(() => true));
    expect(await keysOf(replica, keys)).toEqual([]);
  }, 40_000);
});

describe('a cache over a cluster of which one master is killed', () => {
  it('keeps what a cache promises: no read throws, and every delete of a batch is made good', async () => {
    const cluster = await startReplicated();
    closing.push(() => cluster.stop());
    const open = (): Cache => {
      const cache = createCache({ backend: redis(optionsOf(cluster.urls)), ttl: '1h' });
      closing.push(() => cache.close());
      return cache;
    };
    const [cache, other] = [open(), open()];
    const keys = Array.from({ length: 30 }, (_, i) => `key:${i}`);
    const kept = keys.map((key) => `kept:${key}`);
    await cache.setMany([...keys, ...kept].map((key) => ({ key, value: 'old' })));
    expect(await other.getMany(keys)).toEqual(keys.map(() => 'old'));
    await replicated(cluster);
    const [lost] = cluster.nodes as [Server];
    const stored = keys.map((key) => `keepsake:${key}`);
    expect((await keysOf(lost, stored)).length).toBeGreaterThan(3);
    const missing = await keysOf(
      lost,
      kept.map((key) => `keepsake:${key}`),
    );
    const alive = kept.filter((key) => !missing.includes(`keepsake:${key}`));

    await lost.kill();
    const deleted = await outcome(() => cache.deleteMany(keys));
    expect(deleted.error).toBeUndefined();
    expect(deleted.ms).toBeLessThan(1000 + SLACK);
    expect(cache.stats().owed).toBeGreaterThan(3);
    const outcomes: Outcome[] = [];
    const found: unknown[] = [];
    await eventually(async () => {
      const reads = keys.map((key) => outcome(async () => expect(await cache.get(key)).toBeUndefined()));
      const loads = [cache, other].map((one, at) =>
        outcome(() => one.getOrSet(`${at}:${outcomes.length}`, () => 1)),
      );
      found.push(...(await other.getMany(alive)));
      outcomes.push(...(await Promise.all([...reads, ...loads])));
      return cache.stats().owed === 0;
    }, PROMOTED_WITHIN);
    expect(outcomes.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(slowest(outcomes)).toBeLessThan(2 * COMMAND_TIMEOUT + SLACK);
    // A node that is silent does not have its neighbours spared.
    expect(found.filter((value) => value === 'old').length).toBeGreaterThan(0.9 * found.length);
    await eventually(async () => {
      await other.set('back', 1);
      return (await other.get('back')) === 1;
    }, 5000);
    expect(await other.getMany(keys)).toEqual(keys.map(() => undefined));
    for (const node of [...cluster.nodes.slice(1), ...cluster.replicas]) {
      expect(await keysOf(node, stored)).toEqual([]);
    }
  }, 40_000);
});
