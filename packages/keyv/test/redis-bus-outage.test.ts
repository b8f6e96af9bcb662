import type { Bus } from '@keepsake/core';
import { CacheError } from '@keepsake/core';
import { createClient } from '@keyv/redis';
import {
  eventually,
  type Server,
  startCluster,
  startRedis,
  startSentinel,
} from '../../../test-support/redis-server.js';
import { about, Buses, connected, numbered, Recorder } from './bus-recorder.js';
import { TcpProxy } from './tcp-proxy.js';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const servers: Server[] = [];
const proxies: TcpProxy[] = [];
const buses = new Buses();

beforeAll(() => process.on('unhandledRejection', onUnhandled));
afterEach(async () => {
  await buses.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  expect(unhandled).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', onUnhandled));

async function start(options?: Parameters<typeof startRedis>[0]): Promise<Server> {
  const server = await startRedis(options);
  servers.push(server);
  return server;
}

async function proxyTo(server: Server): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(server.port);
  proxies.push(proxy);
  return proxy;
}

/** Sends one command over a connection of its own. */
async function admin(server: Server, ...command: string[]): Promise<unknown> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

async function killReaders(server: Server): Promise<void> {
  let ids: string[] = [];
  await eventually(async () => {
    const list = String(await admin(server, 'CLIENT', 'LIST'));
    ids = [...list.matchAll(/^id=(\d+) .*name=keepsake-bus /gm)].map((match) => String(match[1]));
    return ids.length > 0;
  }, 2000);
  for (const id of ids) await admin(server, 'CLIENT', 'KILL', 'ID', id);
}

/** Passes `ms` of real time. */
async function pass(ms: number): Promise<void> {
  const start = performance.now();
  await eventually(() => performance.now() - start >= ms, ms + 1000);
}

it('replays what was published while its connection was killed, again and again', async () => {
  const server = await start();
  const a = buses.open({ url: server.url });
  const { bus, heard } = await buses.hearing({ url: server.url });
  const keys = numbered('k', 2000);
  let sent = 0;
  for (const key of keys) {
    a.publish(about(key));
    if (++sent % 200 === 0) await killReaders(server);
  }
  await eventually(() => heard.keys.length === keys.length, 5000);
  expect(heard.keys).toEqual(keys);
  expect(heard.gaps).toEqual([]);
  await connected(bus, 1000);
});

it('tells once that it was cut off', async () => {
  const server = await start();
  const { bus, heard } = await buses.hearing({ url: server.url });
  await server.kill();
  await eventually(() => heard.outages.length > 0, 2000);
  expect(bus.connected).toBe(false);
  bus.publish(about('own'));
  await pass(700);
  expect(heard.outages).toHaveLength(1);
  expect(CacheError.is(heard.outages[0])).toBe(true);
  await start({ port: server.port });
  await connected(bus, 2000);
  await pass(300);
  expect(heard.outages).toHaveLength(1);
}, 20_000);

it('does not mind a server that is frozen for 300 ms', async () => {
  const server = await start();
  const a = buses.open({ url: server.url });
  const { bus, heard } = await buses.hearing({ url: server.url });
  server.freeze();
  a.publish(about('a'));
  await pass(300);
  expect(bus.connected).toBe(true);
  server.thaw();
  await eventually(() => heard.keys.length === 1, 1000);
  expect(heard).toMatchObject({ keys: ['a'], gaps: [], outages: [] });
});

it('notices a frozen server by itself, and replays within 1 s of its return', async () => {
  const server = await start();
  const a = buses.open({ url: server.url });
  const { bus, heard } = await buses.hearing({ url: server.url });
  a.publish(about('before'));
  await eventually(() => heard.keys.length === 1, 1000);
  server.freeze();
  a.publish(about('during'));
  const noticed = await eventually(() => !bus.connected, 2000);
  await pass(3000 - noticed);
  a.publish(about('late'));
  server.thaw();
  const back = await connected(bus, 2000);
  const replayed = back + (await eventually(() => heard.keys.includes('late'), 2000));
  console.info(
    `noticed in ${noticed.toFixed(0)} ms, back in ${back.toFixed(0)}, replayed in ${replayed.toFixed(0)}`,
  );
  expect(noticed).toBeLessThan(1000);
  expect(replayed).toBeLessThan(1000);
  expect([...new Set(heard.keys)]).toEqual(['before', 'during', 'late']);
  expect(heard.gaps).toEqual([]);
  expect(heard.outages).toHaveLength(1);
}, 15_000);

it('tells of a gap when the server comes back empty, and goes on', async () => {
  const server = await start();
  const a = buses.open({ url: server.url });
  const { bus, heard } = await buses.hearing({ url: server.url });
  a.publish(about('a'));
  await eventually(() => heard.keys.length === 1, 1000);
  await server.kill();
  await eventually(() => !bus.connected, 1000);
  await start({ port: server.port });
  const back = await connected(bus, 2000);
  expect(back).toBeLessThan(1000);
  expect(heard.gaps).toEqual([1]);
  a.publish(about('b'));
  await eventually(() => heard.keys.length === 2, 2000);
  expect(heard).toMatchObject({ keys: ['a', 'b'], gaps: [1] });
}, 15_000);

it('tells of a gap when the server comes back with the messages of others alone', async () => {
  const server = await start();
  const { bus, heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: server.url });
  a.publish(about('a'));
  await eventually(() => heard.keys.length === 1, 1000);
  await server.kill();
  await eventually(() => !bus.connected, 1000);
  a.publish(about('b'));
  await start({ port: server.port });
  await connected(bus, 2000);
  await eventually(() => heard.gaps.length > 0, 2000);
  await pass(500);
  expect(heard.gaps).toEqual([1]);
}, 15_000);

it('tells of a gap when the stream was trimmed while it was cut off', async () => {
  const server = await start();
  const proxy = await proxyTo(server);
  const a = buses.open({ url: server.url, length: 50 });
  const { bus, heard } = await buses.hearing({ url: `redis://127.0.0.1:${proxy.port}` });
  a.publish(about('a'));
  await eventually(() => heard.keys.length === 1, 1000);
  proxy.mute();
  await eventually(() => !bus.connected, 2000);
  for (const key of numbered('k', 1000)) a.publish(about(key));
  await eventually(async () => String(await admin(server, 'XLEN', '\0bus:keepsake')) !== '2', 2000);
  await a.close?.();
  proxy.heal('new only');
  await connected(bus, 2000);
  expect(heard.gaps).toEqual([1]);
  expect(heard.keys).toEqual(['a']);
  buses.open({ url: server.url }).publish(about('b'));
  await eventually(() => heard.keys.length === 2, 1000);
  expect(heard.gaps).toEqual([1]);
}, 15_000);

it('tells of a gap when the stream was evicted while it was cut off', async () => {
  const server = await start();
  const { bus, heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: server.url });
  a.publish(about('a'));
  await eventually(() => heard.keys.length === 1, 1000);
  await admin(server, 'DEL', '\0bus:keepsake');
  await killReaders(server);
  await eventually(() => heard.gaps.length > 0, 1000);
  await connected(bus, 1000);
  expect(heard.gaps).toEqual([1]);
});

it.each(['old too', 'new only'] as const)(
  'notices that packets vanish, and replays within 1 s of their return (%s)',
  async (old) => {
    const server = await start();
    const proxy = await proxyTo(server);
    const a = buses.open({ url: server.url });
    const { bus, heard } = await buses.hearing({ url: `redis://127.0.0.1:${proxy.port}` });
    a.publish(about('before'));
    await eventually(() => heard.keys.length === 1, 1000);
    proxy.mute();
    const keys = numbered('k', 500);
    for (const key of keys) a.publish(about(key));
    const noticed = await eventually(() => !bus.connected, 2000);
    await pass(2000 - noticed);
    proxy.heal(old);
    const back = await connected(bus, 2000);
    console.info(`noticed in ${noticed.toFixed(0)} ms, replayed in ${back.toFixed(0)} ms`);
    expect(noticed).toBeLessThan(1000);
    expect(back).toBeLessThan(1000);
    // Once it says that it is connected, it has heard everything.
    expect(heard.keys).toEqual(['before', ...keys]);
    expect(heard.gaps).toEqual([]);
  },
  15_000,
);

it('is not connected before it has caught up', async () => {
  const server = await start();
  const proxy = await proxyTo(server);
  const a = buses.open({ url: server.url });
  const { bus, heard } = await buses.hearing({ url: `redis://127.0.0.1:${proxy.port}` });
  proxy.mute();
  await eventually(() => !bus.connected, 2000);
  for (const key of numbered('k', 5000)) a.publish(about(key));
  await eventually(async () => Number(await admin(server, 'XLEN', '\0bus:keepsake')) === 5001, 5000);
  let early = 0;
  bus.subscribe({ message: () => void (bus.connected && early++), gap() {} });
  proxy.heal('new only');
  await eventually(() => heard.keys.length === 5000, 5000);
  await connected(bus, 1000);
  expect(early).toBe(0);
  expect(heard.gaps).toEqual([]);
}, 15_000);

it('does not claim to be connected when the process was too busy to listen, and is again at once', async () => {
  const server = await start();
  const { bus, heard } = await buses.hearing({ url: server.url });
  const busyUntil = performance.now() + 1000;
  while (performance.now() < busyUntil);
  expect(bus.connected).toBe(false);
  await connected(bus, 500);
  expect(heard).toMatchObject({ gaps: [], outages: [] });
});

it('hears what is published when it tells of a gap', async () => {
  const server = await start();
  const a = buses.open({ url: server.url });
  const bus = buses.open({ url: server.url });
  const heard: string[] = [];
  let gaps = 0;
  bus.subscribe({
    message: (message) => void heard.push(...(message as { keys: readonly string[] }).keys),
    gap: () => a.publish(about(`gap ${++gaps}`)),
  });
  for (let round = 1; round <= 5; round++) {
    await eventually(() => gaps === round, 2000);
    await eventually(() => heard.at(-1) === `gap ${round}`, 2000);
    await admin(server, 'DEL', '\0bus:keepsake');
  }
}, 15_000);

it('sends what was published while the server was gone', async () => {
  const server = await start();
  const { bus, heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: server.url });
  a.publish(about('before'));
  await eventually(() => heard.keys.length === 1, 1000);
  await server.kill();
  const keys = numbered('k', 1000);
  for (const key of keys) a.publish(about(key));
  await eventually(() => !bus.connected, 1000);
  await start({ port: server.port });
  await eventually(() => heard.keys.includes('k999') || heard.gaps.length > 0, 3000);
  await connected(bus, 2000);
  // The server was empty when it came back: a gap, and what came behind it.
  expect(heard.gaps).toEqual([1]);
  await eventually(async () => Number(await admin(server, 'XLEN', '\0bus:keepsake')) >= 1000, 3000);
}, 15_000);

it('sends in order what was published while the way to the server was cut', async () => {
  const server = await start();
  const proxy = await proxyTo(server);
  const { heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: `redis://127.0.0.1:${proxy.port}` });
  a.publish(about('before'));
  await eventually(() => heard.keys.length === 1, 1000);
  proxy.mute();
  const keys = numbered('k', 3000);
  for (const key of keys) a.publish(about(key));
  await pass(1500);
  expect(heard.keys).toEqual(['before']);
  proxy.heal('new only');
  const sent = await eventually(() => heard.keys.at(-1) === 'k2999', 3000);
  console.info(`sent in ${sent.toFixed(0)} ms`);
  expect(heard.keys).toEqual(['before', ...keys]);
  expect(heard.gaps).toEqual([]);
}, 15_000);

it('makes the others tell of a gap when more was published than can wait', async () => {
  const server = await start();
  const proxy = await proxyTo(server);
  const { heard } = await buses.hearing({ url: server.url });
  const { heard: own } = await buses.hearing({ url: server.url, channel: 'another' });
  const a = buses.open({ url: `redis://127.0.0.1:${proxy.port}` });
  a.publish(about('before'));
  await eventually(() => heard.keys.length === 1, 1000);
  proxy.mute();
  for (const key of numbered('k', 25_000)) a.publish(about(key));
  a.publish(about('last'));
  proxy.heal('new only');
  await eventually(() => heard.keys.at(-1) === 'last', 5000);
  expect(heard.gaps).toEqual([1]);
  expect(own.gaps).toEqual([]);
}, 15_000);

it('bounds what waits by its size too', async () => {
  const server = await start();
  const proxy = await proxyTo(server);
  const { heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: `redis://127.0.0.1:${proxy.port}` });
  const long = 'x'.repeat(1_000_000);
  proxy.mute();
  for (let i = 0; i < 20; i++) a.publish(about(long));
  proxy.heal('new only');
  await eventually(() => heard.gaps.length > 0, 5000);
  expect(heard.gaps).toEqual([0]);
}, 15_000);

it('tells of a gap while the server is full, and sends once it takes messages again', async () => {
  const server = await start({ args: ['--maxmemory-policy', 'noeviction'] });
  const { bus, heard } = await buses.hearing({ url: server.url });
  const a = buses.open({ url: server.url });
  const sender = new Recorder();
  a.subscribe(sender);
  await connected(a);
  await admin(server, 'CONFIG', 'SET', 'maxmemory', '1');
  const gaps = heard.gaps.length;
  a.publish(about('a'));
  await eventually(() => heard.gaps.length > gaps, 2000);
  await eventually(() => sender.outages.length > 0, 2000);
  expect(sender.outages).toMatchObject([{ code: 'CACHE_FULL' }]);
  await pass(400);
  expect(sender.outages).toHaveLength(1);
  expect(bus.connected).toBe(false);
  await admin(server, 'CONFIG', 'SET', 'maxmemory', '0');
  await eventually(() => bus.connected && a.connected, 2000);
  a.publish(about('b'));
  await eventually(() => heard.keys.includes('b'), 2000);
}, 15_000);

it('hears when the server is up that was down at the start', async () => {
  const down = await startRedis();
  await down.stop();
  const bus = buses.open({ url: down.url });
  const heard = new Recorder();
  bus.subscribe(heard);
  bus.publish(about('own'));
  await eventually(() => heard.outages.length > 0, 2000);
  expect(heard.gaps).toEqual([]);
  await start({ port: down.port });
  expect(await connected(bus, 2000)).toBeLessThan(1000);
  expect(heard.gaps).toEqual([0]);
  expect(heard.outages).toHaveLength(1);
});

it.each<[string, (server: Server) => Bus]>([
  ['redisBus()', (server) => buses.open({ url: server.url, commandTimeout: 5000, connectTimeout: 5000 })],
  [
    'a backend',
    (server) => buses.ofBackend({ url: server.url, commandTimeout: 5000, connectTimeout: 5000 }, 'c'),
  ],
])('closes within 1 s while the server is frozen, for %s', async (_name, open) => {
  const server = await start();
  const bus = open(server);
  bus.subscribe(new Recorder());
  await connected(bus);
  bus.publish(about('a'));
  server.freeze();
  bus.publish(about('b'));
  const began = performance.now();
  await bus.close?.();
  expect(performance.now() - began).toBeLessThan(1000);
  server.thaw();
});

it('tries to connect at most 20 times in 8 s', async () => {
  const { createServer } = await import('node:net');
  let attempts = 0;
  const refusing = createServer((socket) => {
    attempts++;
    socket.on('error', () => {});
    socket.destroy();
  });
  await new Promise<void>((ok) => refusing.listen(0, '127.0.0.1', ok));
  const { port } = refusing.address() as { port: number };
  const bus = buses.open({ url: `redis://127.0.0.1:${port}` });
  bus.subscribe(new Recorder());
  await pass(8000);
  await bus.close?.();
  expect(attempts).toBeGreaterThan(10);
  expect(attempts).toBeLessThanOrEqual(20);
  await new Promise((ok) => refusing.close(ok));
}, 15_000);

it('shows no password in what it tells', async () => {
  const server = await start({ args: ['--requirepass', 'another'] });
  const bus = buses.open({ url: `redis://user:canary-5ecret@127.0.0.1:${server.port}` });
  const heard = new Recorder();
  bus.subscribe(heard);
  await eventually(() => heard.outages.length > 0, 2000);
  const { inspect } = await import('node:util');
  expect(inspect([heard.outages, bus], { depth: 20, showHidden: true })).not.toContain('canary');
  expect(String(heard.outages[0])).toContain('redis bus');
});

describe('on a cluster', () => {
  it('follows, and does not mind the end of a node that has not the stream', async () => {
    const cluster = await startCluster();
    const rootNodes = cluster.urls.map((url) => ({ url }));
    const a = buses.open({ cluster: { rootNodes } });
    const { bus, heard } = await buses.hearing({ cluster: { rootNodes } });
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    const owners = await Promise.all(
      cluster.nodes.map(async (node) => Number(await admin(node, 'DBSIZE')) > 0),
    );
    const other = cluster.nodes[owners.indexOf(false)] as Server;
    await Promise.all(
      cluster.nodes.map((node) => admin(node, 'CONFIG', 'SET', 'cluster-require-full-coverage', 'no')),
    );
    await other.kill();
    await pass(1000);
    a.publish(about('b'));
    await eventually(() => heard.keys.length === 2, 3000);
    await connected(bus, 1000);
    expect(heard).toMatchObject({ keys: ['a', 'b'], gaps: [] });
    await buses.close();
    await cluster.stop();
  }, 20_000);

  it('replays when the node that has the stream was frozen', async () => {
    const cluster = await startCluster();
    const rootNodes = cluster.urls.map((url) => ({ url }));
    const a = buses.open({ cluster: { rootNodes } });
    const { bus, heard } = await buses.hearing({ cluster: { rootNodes } });
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    const sizes = await Promise.all(cluster.nodes.map(async (node) => Number(await admin(node, 'DBSIZE'))));
    const owner = cluster.nodes[sizes.findIndex((size) => size > 0)] as Server;
    owner.freeze();
    expect(await eventually(() => !bus.connected, 2000)).toBeLessThan(1000);
    a.publish(about('b'));
    owner.thaw();
    await eventually(() => heard.keys.includes('b') && bus.connected, 3000);
    expect(heard.gaps).toEqual([]);
    await buses.close();
    await cluster.stop();
  }, 20_000);
});

it('follows a sentinel group to its next master', async () => {
  const { name, sentinelRootNodes, master, stop } = await startSentinel();
  try {
    const sentinel = { name, sentinelRootNodes };
    const a = buses.open({ sentinel });
    const { bus, heard } = await buses.hearing({ sentinel });
    a.publish(about('before'));
    await eventually(() => heard.keys.length === 1, 2000);
    await master.kill();
    await eventually(() => !bus.connected, 2000);
    a.publish(about('during'));
    await connected(bus, 15_000);
    await eventually(() => heard.keys.includes('during') || heard.gaps.length > 0, 10_000);
    a.publish(about('after'));
    await eventually(() => heard.keys.includes('after'), 5000);
  } finally {
    await buses.close();
    await stop();
  }
}, 60_000);
