import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Backend,
  type Cache,
  CacheError,
  createCache,
  type Entry,
  systemClock,
  tiered,
} from '@keepsake/core';
import { type RedisOptions, redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import { createClient } from '@keyv/redis';
import { buildSync } from 'esbuild';
import {
  eventually,
  type SentinelGroup,
  type Server,
  startRedis,
  startSentinel,
} from '../../../test-support/redis-server.js';
import { plainCodec } from './plain-codec.js';

/** Half a second of silence and a vote; where the votes are split, the sentinels wait three seconds and vote again. */
const PROMOTED_WITHIN = 25_000;
/** How long a master has to be silent before the sentinels look for another, in ms. */
const SILENCE = 500;
const COMMAND_TIMEOUT = 250;
/** What a loaded machine may add, in ms. */
const SLACK = 500;
/** What a process may still have in memory after a failover it has to notice first: a second, and as much again on a loaded machine. */
const HEARD_WITHIN = 3000;

type Raw = ReturnType<typeof createClient>;

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const closing: (() => unknown)[] = [];
const warnings: unknown[] = [];

beforeAll(() => process.on('unhandledRejection', onUnhandled));
beforeEach(() => {
  for (const method of ['log', 'error', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((...said: unknown[]) => void warnings.push(said));
  }
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  jest.restoreAllMocks();
  expect(unhandled).toEqual([]);
  expect(warnings.splice(0)).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', onUnhandled));

async function sentinelGroup(): Promise<SentinelGroup> {
  const group = await startSentinel();
  closing.push(() => group.stop());
  return group;
}

function optionsOf({ name, sentinelRootNodes }: SentinelGroup): RedisOptions {
  return { codec: plainCodec, commandTimeout: COMMAND_TIMEOUT, sentinel: { name, sentinelRootNodes } };
}

function tier(group: SentinelGroup): Backend {
  const backend = redis(optionsOf(group));
  closing.push(() => backend.close?.());
  return backend;
}

async function raw(port: number): Promise<Raw> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  closing.push(() => client.isOpen && client.destroy());
  return client as Raw;
}

/** Settles when both replicas have all that the master has. */
async function replicated({ master }: SentinelGroup): Promise<void> {
  const client = await raw(master.port);
  // WAIT is about the writes of its own connection: this one comes after all others.
  await client.set('written', 'last');
  expect(await client.sendCommand(['WAIT', '2', '5000'])).toBe(2);
}

async function promoted(group: SentinelGroup): Promise<number> {
  await eventually(async () => {
    const port = await group.masterPort();
    return port !== group.master.port && (await role(port)) === 'master';
  }, PROMOTED_WITHIN);
  return group.masterPort();
}

async function role(port: number): Promise<string> {
  const client = await raw(port);
  const [name] = (await client.sendCommand(['ROLE'])) as [string];
  client.destroy();
  return name;
}

/** Keeps from the replicas what the master does from now on, until they are thawed. */
async function cutReplicas({ master, replicas }: SentinelGroup): Promise<{ thaw(): void }> {
  for (const replica of replicas) replica.freeze();
  await (await raw(master.port)).sendCommand(['CLIENT', 'KILL', 'TYPE', 'replica']);
  return { thaw: () => replicas.forEach((replica) => void replica.thaw()) };
}

/** The sentinel that a backend listens to. */
async function listenerOf({ sentinels }: SentinelGroup): Promise<Server | undefined> {
  for (const sentinel of sentinels) {
    const subscribed = await subscribers(sentinel).catch(() => 0);
    if (subscribed > 0) return sentinel;
  }
  return undefined;
}

/** How many listen for a new master at `sentinel`. Other sentinels do not. */
async function subscribers(sentinel: Server): Promise<number> {
  const client = await raw(sentinel.port);
  const list = String(await client.sendCommand(['CLIENT', 'LIST', 'TYPE', 'pubsub']));
  client.destroy();
  return list.split('\n').filter((line) => line !== '').length;
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

/** Calls `work` again and again until it succeeds twice in a row; every outcome on the way. */
async function outcomesUntilServed(work: (i: number) => unknown): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await eventually(async () => {
    outcomes.push(await outcome(() => work(outcomes.length)));
    const last = outcomes.slice(-2);
    return last.length === 2 && last.every(({ error }) => error === undefined);
  }, PROMOTED_WITHIN);
  return outcomes;
}

/** How a master is lost, and how it comes back: still as a master in its own eyes. */
const LOSSES: [name: string, lose: (master: Server) => unknown, restore: (master: Server) => unknown][] = [
  [
    'killed',
    (master) => master.kill(),
    async ({ port }) => {
      const again = await startRedis({ port });
      closing.push(() => again.stop());
    },
  ],
  ['frozen', (master) => master.freeze(), (master) => master.thaw()],
];

describe.each(LOSSES)('a sentinel group whose master is %s', (_name, lose, restore) => {
  let group: SentinelGroup;
  let backend: Backend;
  let idle: Backend;
  let cache: Cache;
  let other: Cache;
  let neighbour: Cache;
  let deleted: Outcome;
  let owed: number;
  const refused: string[] = [];
  const calls: Outcome[] = [];
  const reads: Outcome[] = [];

  beforeAll(async () => {
    group = await startSentinel();
    [backend, idle] = [redis(optionsOf(group)), redis(optionsOf(group))];
    const stack = (): Backend => tiered([memory(), redis(optionsOf(group))]);
    cache = createCache({ backend: stack(), ttl: '1h' });
    neighbour = createCache({ backend: stack(), ttl: '1h' });
    other = createCache({ backend: redis(optionsOf(group)), ttl: '1h' });
    await Promise.all([backend.set('a', entryOf('old')), idle.ping?.()]);
    await eventually(async () => {
      await Promise.all([cache.set('warm', 1), cache.set('gone', 'old')]);
      return (await other.get('warm')) === 1 && (await other.get('gone')) === 'old';
    }, 5000);
    expect(await neighbour.get('gone')).toBe('old');
    await replicated(group);
    await lose(group.master);
    deleted = await outcome(() => cache.delete('gone'));
    owed = cache.stats().owed;
    await Promise.all([callUntilServed(), readUntilPaid()]);
    await promoted(group);
  }, 40_000);
  afterAll(async () => {
    await Promise.all([backend.close?.(), idle.close?.(), cache.close(), other.close(), neighbour.close()]);
    await group.stop();
  });

  async function callUntilServed(): Promise<void> {
    const lostAt = performance.now();
    const outcomes = await outcomesUntilServed(async (i) => {
      const setting = await outcome(() => backend.set(`during:${i}`, entryOf(i)));
      // Later there may be a new master that had the command and was too slow to say so.
      const early = i === 0 || performance.now() - lostAt < SILENCE;
      if (setting.error && early) refused.push(`during:${i}`);
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever it is, unchanged
      if (setting.error) throw setting.error;
      await backend.get('a');
    });
    calls.push(...outcomes);
  }

  async function readUntilPaid(): Promise<void> {
    const read = async (one: Cache, i: number): Promise<void> => {
      expect(await one.getOrSet('warm', () => 1)).toBe(1);
      expect(await one.getOrSet(`cold:${i}:${one === cache}`, () => 2)).toBe(2);
      if (one === cache) expect(await one.get('gone')).toBeUndefined();
    };
    await eventually(async () => {
      reads.push(...(await Promise.all([cache, other].map((one) => outcome(() => read(one, reads.length))))));
      return cache.stats().owed === 0;
    }, PROMOTED_WITHIN);
  }

  it('refuses calls in time, with errors of the cache, and never as a replica', () => {
    const errors = calls.flatMap(({ error }) => error ?? []);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((error) => !CacheError.is(error))).toEqual([]);
    expect(errors.map(String).filter((said) => said.includes('READONLY'))).toEqual([]);
    expect(slowest(calls)).toBeLessThan(2 * COMMAND_TIMEOUT + SLACK);
  });

  it('lets no read of a cache throw or wait', () => {
    expect(reads.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(slowest(reads)).toBeLessThan(4 * COMMAND_TIMEOUT + SLACK);
  });

  it('owes a delete, and has it made good', async () => {
    expect(deleted.error).toBeUndefined();
    expect(deleted.ms).toBeLessThan(1000 + SLACK);
    expect(owed).toBe(1);
    expect(await (await raw(await group.masterPort())).exists('keepsake:gone')).toBe(0);
    expect(await other.get('gone')).toBeUndefined();
    expect(await cache.get('gone')).toBeUndefined();
  });

  it('has the delete reach what another process holds in memory', async () => {
    await eventually(async () => (await neighbour.get('gone')) === undefined, HEARD_WITHIN);
    await cache.set('later', 1);
    await eventually(async () => (await neighbour.get('later')) === 1, HEARD_WITHIN);
    await cache.delete('later');
    await eventually(async () => (await neighbour.get('later')) === undefined, HEARD_WITHIN);
  });

  it('serves what was replicated, and does nothing later that was refused', async () => {
    expect(await backend.get('a')).toMatchObject({ value: 'old' });
    const master = await raw(await group.masterPort());
    expect(refused.length).toBeGreaterThan(0);
    expect(await Promise.all(refused.map((key) => master.exists(key)))).toEqual(refused.map(() => 0));
  });

  it('never asks the old master again, though it comes back as one', async () => {
    await backend.set('a', entryOf('new'));
    await restore(group.master);
    expect(await role(group.master.port)).toBe('master');
    for (const one of [idle, backend, tier(group)]) {
      expect(await one.get('a')).toMatchObject({ value: 'new' });
      await one.set('b', entryOf('new'));
    }
    expect(await (await raw(await group.masterPort())).exists('b')).toBe(1);
    expect(await (await raw(group.master.port)).exists('b')).toBe(0);
  });
});

describe('a lease over a failover', () => {
  it('is honoured where it was replicated, and only until a delete; where it was lost, another one fills', async () => {
    const group = await sentinelGroup();
    const backend = tier(group);
    const granted = (key: string, token: string): unknown => backend.acquire?.(key, token, 60_000);
    for (const key of ['kept', 'deleted']) expect(await granted(key, 'before')).toEqual({ granted: true });
    await replicated(group);
    const cutOff = await cutReplicas(group);
    expect(await granted('lost', 'before')).toEqual({ granted: true });
    await group.master.kill();
    cutOff.thaw();
    await promoted(group);

    await outcomesUntilServed(() => backend.delete('deleted'));
    expect(await granted('kept', 'after')).toEqual({ held: true });
    expect(await backend.fill?.('kept', entryOf(1), 'before')).toBe('awaited');
    expect(await backend.fill?.('deleted', entryOf('old'), 'before')).toBe(false);
    expect(await backend.get('deleted')).toBeUndefined();
    expect(await backend.fill?.('lost', entryOf('early'), 'before')).toBe(false);
    expect(await granted('lost', 'after')).toEqual({ granted: true });
    expect(await backend.fill?.('lost', entryOf('early'), 'before')).toBe(false);
    expect(await backend.renew?.('lost', 'before', 60_000)).toBe(false);
    expect(await backend.fill?.('lost', entryOf('late'), 'after')).toBe(true);
    expect(await backend.get('lost')).toMatchObject({ value: 'late' });
  }, 40_000);
});

describe('redis() on a sentinel group', () => {
  let group: SentinelGroup;
  beforeAll(async () => {
    group = await startSentinel();
  });
  afterAll(() => group.stop());

  it('refuses a server that is named as the master and is a replica', async () => {
    const [sentinel] = group.sentinelRootNodes as [{ host: string; port: number }];
    const [replica] = group.replicas as [Server];
    const command = ['SENTINEL', 'MONITOR', 'wrong', '127.0.0.1', String(replica.port), '2'];
    await (await raw(sentinel.port)).sendCommand(command);
    const backend = redis({ sentinel: { name: 'wrong', sentinelRootNodes: [sentinel] } });
    closing.push(() => backend.close?.());
    await expect(backend.get('a')).rejects.toThrow(/is named as the master and is a slave/);
  });

  it('says so where the sentinels know no such group, or none answers', async () => {
    const host = '127.0.0.1';
    const unknown = redis({ sentinel: { ...optionsOf(group).sentinel, name: 'unknown' } as never });
    const alone = redis({ sentinel: { name: 'keepsake', sentinelRootNodes: [{ host, port: 1 }] } });
    closing.push(() => Promise.all([unknown.close?.(), alone.close?.()]));
    await expect(unknown.get('a')).rejects.toThrow(/sentinel group 'unknown'.*knows no group 'unknown'/);
    await expect(alone.get('a')).rejects.toThrow(/sentinel group 'keepsake'.*ECONNREFUSED/);
  });

  it('believes the sentinel that knows of the newest failover', async () => {
    const [first, second] = group.sentinels as [Server, Server];
    await (await raw(second.port)).sendCommand(['SENTINEL', 'FAILOVER', 'keepsake']);
    const port = await promoted(group);
    const decoy = await startRedis();
    closing.push(() => decoy.stop());
    const behind = await raw(first.port);
    await behind.sendCommand(['SENTINEL', 'REMOVE', 'keepsake']);
    await behind.sendCommand(['SENTINEL', 'MONITOR', 'keepsake', '127.0.0.1', String(decoy.port), '2']);
    await tier(group).set('believed', entryOf(1));
    expect(await (await raw(port)).exists('believed')).toBe(1);
  }, 20_000);

  it('connects in time while one of the sentinels is frozen', async () => {
    const [frozen] = group.sentinels as [Server];
    frozen.freeze();
    closing.push(() => frozen.thaw());
    const connecting = await outcome(() => tier(group).set('a', entryOf(1)));
    expect(connecting.error).toBeUndefined();
    expect(connecting.ms).toBeLessThan(1000);
  });

  it('serves on without a pause when it loses a sentinel, and another one tells of the next failover', async () => {
    const own = await sentinelGroup();
    const backend = tier(own);
    await backend.set('a', entryOf(1));
    await replicated(own);
    const listener = await listenerOf(own);
    expect(listener).toBeDefined();
    await listener?.kill();
    const errors: unknown[] = [];
    await eventually(async () => {
      errors.push((await outcome(() => backend.get('a'))).error);
      return (await listenerOf(own)) !== undefined;
    }, 5000);
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
    await own.master.kill();
    await outcomesUntilServed(() => backend.set('b', entryOf(2)));
    expect(await (await raw(await promoted(own))).exists('b')).toBe(1);
  }, 40_000);

  it('lets a process exit that closes nothing', async () => {
    const ended = await exitOf(optionsOf(group).sentinel);
    expect(ended).toMatchObject({ said: 'done', status: 0 });
    expect(ended.lingered).toBeLessThan(1000);
  });
});

describe('redis() on an address behind which the master changes', () => {
  it('goes to the new master as soon as the old one says that it is a replica', async () => {
    const [old, next] = await Promise.all([startRedis(), startRedis()]);
    closing.push(() => Promise.all([old.stop(), next.stop()]));
    const address = await movable(old.port);
    const backend = redis({ url: `redis://127.0.0.1:${address.port}`, codec: plainCodec });
    closing.push(() => backend.close?.());
    await backend.set('a', entryOf(1));
    address.leadTo(next.port);
    await (await raw(old.port)).sendCommand(['REPLICAOF', '127.0.0.1', String(next.port)]);
    await expect(backend.set('a', entryOf(2))).rejects.toThrow(/READONLY/);
    await outcomesUntilServed(() => backend.set('a', entryOf(2)));
    expect(await (await raw(next.port)).exists('a')).toBe(1);
  }, 20_000);
});

/** A port that leads to another one; connections stay where they have led to. */
async function movable(first: number): Promise<{ port: number; leadTo(port: number): void }> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1');
    for (const socket of [from, to]) sockets.add(socket.on('error', () => {}));
    from.pipe(to).pipe(from);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const leadTo = (port: number): void => {
    target = port;
  };
  return { port: (server.address() as { port: number }).port, leadTo };
}

/** Runs a process that writes and reads once and closes nothing: what it said, and how long it lived after that. */
async function exitOf(sentinel: unknown): Promise<{ said: string; lingered: number; status: number | null }> {
  const dir = mkdtempSync(join(tmpdir(), 'keepsake-sentinel-'));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  const outfile = join(dir, 'keyv.cjs');
  const entryPoints = [join(process.cwd(), 'packages/keyv/src/index.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', conditions: ['@keepsake/source'] });
  const code = `
    const backend = require(${JSON.stringify(outfile)}).redis({ sentinel: ${JSON.stringify(sentinel)} });
    backend.increment('exit', 1).then(() => backend.get('a'))
      .then(() => process.stdout.write('done'), (error) => process.stdout.write(error.message));`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
  let said = '';
  let spokeAt = 0;
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    spokeAt = performance.now();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { said, lingered: performance.now() - spokeAt, status };
}
