import type { Bus, BusMessage } from '@keepsake/core';
import { CacheConfigError } from '@keepsake/core';
import { redis, redisBus } from '@keepsake/keyv';
import { createClient, createCluster } from '@keyv/redis';
import { eventually, type Server, startRedis } from '../../../test-support/redis-server.js';
import { about, Buses, connected, numbered, Recorder } from './bus-recorder.js';

const rootNodes = (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((node) => ({ url: node }));
const buses = new Buses();
/** Of this file alone: it counts clients and commands, and clears everything. */
let server: Server;
let url = '';
let raw: ReturnType<typeof createClient>;
let channel = '';
let made = 0;

beforeAll(async () => {
  server = await startRedis();
  url = server.url;
  raw = createClient({ url });
  await raw.connect();
});
afterAll(async () => {
  raw.destroy();
  await server.stop();
});
beforeEach(() => {
  channel = `bus-${process.pid}-${++made}`;
});
afterEach(() => buses.close());

async function two(): Promise<{ a: Bus; b: Bus; heard: Recorder }> {
  const a = buses.open({ url, channel });
  const { bus: b, heard } = await buses.hearing({ url, channel });
  return { a, b, heard };
}

describe('a bus over a stream', () => {
  it('is followed by the others within 50 ms', async () => {
    const { a, heard } = await two();
    const times: number[] = [];
    for (const key of numbered('k', 200)) {
      const start = performance.now();
      a.publish(about(key));
      while (heard.keys.at(-1) !== key) await new Promise(setImmediate);
      times.push(performance.now() - start);
    }
    times.sort((x, y) => x - y);
    console.info(
      `followed in ${times[100]?.toFixed(2)} ms (median), ${times.at(-1)?.toFixed(2)} ms (longest)`,
    );
    expect(times[100]).toBeLessThan(50);
    expect(times[190]).toBeLessThan(150);
    expect(heard.gaps).toEqual([]);
  });

  it('tells of a gap at the first connect: what was kept before could not be followed', async () => {
    const bus = buses.open({ url, channel });
    const heard = new Recorder();
    bus.subscribe(heard);
    expect(bus.connected).toBe(false);
    await connected(bus);
    expect(heard.gaps).toEqual([0]);
  });

  it('connects at the first subscription, and not to publish into nothing', async () => {
    const bus = buses.open({ url, channel });
    expect(bus.connected).toBe(false);
    const clients = async () => (await raw.sendCommand(['CLIENT', 'LIST'])) as unknown as string;
    const before = (await clients()).split('keepsake-bus').length;
    bus.subscribe(new Recorder());
    await connected(bus);
    expect((await clients()).split('keepsake-bus').length).toBe(before + 1);
  });

  it('sends the messages of one tick together', async () => {
    const { a, heard } = await two();
    a.publish(about('first'));
    await eventually(() => heard.keys.length === 1, 2000);
    const calls = async () => Number(/cmdstat_eval:calls=(\d+)/.exec(await raw.info('commandstats'))?.[1]);
    await raw.sendCommand(['CONFIG', 'RESETSTAT']);
    const keys = numbered('k', 1000);
    for (const key of keys) a.publish(about(key));
    await eventually(() => heard.keys.length === 1001, 5000);
    expect(heard.keys.slice(1)).toEqual(keys);
    expect(await calls()).toBeLessThan(50);
  });

  it('takes what it cannot read for a gap, and goes on behind it', async () => {
    const { a, heard } = await two();
    const key = `\0bus:${channel}`;
    await raw.sendCommand(['XADD', key, '*', 'by', 'somebody else']);
    await eventually(() => heard.gaps.length > 0, 2000);
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    const gaps = heard.gaps.length;
    a.publish({ type: 'of the future' } as unknown as BusMessage);
    await eventually(() => heard.gaps.length > gaps, 2000);
    a.publish(about('b'));
    await eventually(() => heard.keys.length === 2, 2000);
    expect(heard.keys).toEqual(['a', 'b']);
    expect(heard.gaps.length).toBe(gaps + 1);
  });

  it.each<[string, unknown]>([
    ['keys that are none', { type: 'keys', keys: 'all' }],
    ['a key that is no text', { type: 'keys', keys: ['a', 1] }],
    ['a pattern without a prefix', { type: 'pattern', pattern: '*' }],
    ['an inherited type', { type: 'toString' }],
    ['a message that is no object', 'keys'],
    ['a message that JSON cannot carry', { type: 'keys', keys: [1n] }],
  ])('takes %s for a gap', async (_what, message) => {
    const { a, heard } = await two();
    a.publish(message as BusMessage);
    await eventually(() => heard.gaps.length === 1, 2000);
    expect(heard.keys).toEqual([]);
    expect(heard.other).toEqual([]);
  });

  it('goes on when a listener throws, and tells the others', async () => {
    const { a, b, heard } = await two();
    const failing = () => {
      throw new Error('listener');
    };
    b.subscribe({ message: failing, gap: failing, lost: failing });
    const after = new Recorder();
    b.subscribe(after);
    for (const key of ['a', 'b']) a.publish(about(key));
    a.publish({ type: 'of the future' } as unknown as BusMessage);
    a.publish(about('c'));
    await eventually(() => after.keys.length === 3, 2000);
    expect(heard.keys).toEqual(['a', 'b', 'c']);
    expect(after.gaps).toEqual([2]);
  });

  it('tells of a gap when the stream was deleted, and goes on', async () => {
    const { a, b, heard } = await two();
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    await raw.del(`\0bus:${channel}`);
    await eventually(() => heard.gaps.length > 0, 2000);
    a.publish(about('b'));
    await eventually(() => heard.keys.length === 2, 2000);
    expect(heard.gaps).toEqual([1]);
    expect(b.connected).toBe(true);
    expect(heard.outages).toEqual([]);
  });

  it('tells of a gap where a stream was deleted and another one begun before it looked', async () => {
    const { a, heard } = await two();
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    await raw.del(`\0bus:${channel}`);
    a.publish(about('b'));
    await eventually(() => heard.gaps.length > 0, 2000);
    a.publish(about('c'));
    await eventually(() => heard.keys.includes('c'), 2000);
    expect(heard.gaps[0]).toBe(1);
  });

  it('tells of a gap where entries are missing in the middle', async () => {
    const { a, b, heard } = await two();
    const key = `\0bus:${channel}`;
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    // One step, as far as readers can see: two entries, and the first of them removed.
    const entry = (n: number, k: string) =>
      `redis.call('XADD', KEYS[1], '*', 'e', e, 'n', n + ${n}, 'o', 'x', 'm', '{"type":"keys","keys":["${k}"]}')`;
    await raw.eval(
      `local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2]
       local e, n = last[2], last[4]
       redis.call('XDEL', KEYS[1], ${entry(1, 'b')})
       ${entry(2, 'c')}`,
      { keys: [key] },
    );
    await eventually(() => heard.keys.length === 2, 2000);
    expect(heard.keys).toEqual(['a', 'c']);
    expect(heard.gaps).toEqual([1]);
    expect(b.connected).toBe(true);
  });

  it('keeps about as many messages as it is told', async () => {
    const a = buses.open({ url, channel, length: 200 });
    for (const key of numbered('k', 2000)) a.publish(about(key));
    await eventually(async () => {
      const last = await raw.xRevRange(`\0bus:${channel}`, '+', '-', { COUNT: 1 });
      return last[0]?.message.n === '2000';
    }, 5000);
    const kept = await raw.xLen(`\0bus:${channel}`);
    expect(kept).toBeGreaterThanOrEqual(200);
    expect(kept).toBeLessThan(500);
  });

  it('is neither listed nor cleared with the entries of a tier', async () => {
    const backend = redis({ url });
    const bus = buses.keep(backend.bus?.(channel) as Bus);
    const { heard } = await buses.hearing({ url, channel });
    bus.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    for await (const key of backend.keys()) expect(key).not.toContain('bus:');
    await backend.clear();
    bus.publish(about('b'));
    await eventually(() => heard.keys.length === 2, 2000);
    expect(heard.gaps).toEqual([]);
    await backend.close?.();
  });

  it('that was closed publishes nothing, hears nothing, and closes twice', async () => {
    const { a, b, heard } = await two();
    await Promise.all([b.close?.(), b.close?.()]);
    expect(b.connected).toBe(false);
    b.publish(about('b'));
    b.subscribe(heard);
    const { heard: other } = await buses.hearing({ url, channel });
    a.publish(about('a'));
    await eventually(() => other.keys.length === 1, 2000);
    expect(other.keys).toEqual(['a']);
    expect(heard.keys).toEqual([]);
  });

  it('sends what was published before it is closed', async () => {
    const { a, heard } = await two();
    for (const key of numbered('k', 500)) a.publish(about(key));
    await a.close?.();
    await eventually(() => heard.keys.length === 500, 2000);
  });
});

describe('the bus of a backend', () => {
  it.each<[string, () => Parameters<typeof redis>[0]]>([
    ['a single server', () => ({ url })],
    ['a single server over RESP3', () => ({ server: { url, RESP: 3 } })],
    ['a cluster', () => ({ cluster: { rootNodes } })],
  ])('hears others of the same channel, on %s', async (_name, options) => {
    const a = buses.ofBackend(options() as object, channel);
    const b = buses.ofBackend(options() as object, channel);
    const other = buses.ofBackend(options() as object, `${channel}-other`);
    const [heard, elsewhere] = [new Recorder(), new Recorder()];
    b.subscribe(heard);
    other.subscribe(elsewhere);
    await Promise.all([connected(b), connected(other)]);
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    expect(elsewhere.keys).toEqual([]);
    expect(a.name).toBe('redis bus');
  });

  it('sends behind the commands that came before it', async () => {
    const backend = redis({ url });
    const a = buses.keep(backend.bus?.(channel) as Bus);
    const b = buses.open({ url, channel });
    const seen: Promise<boolean>[] = [];
    b.subscribe({
      message: (message) => {
        const [sent] = (message as { keys: readonly string[] }).keys;
        seen.push(raw.get(channel).then((counted) => Number(counted) >= Number(sent)));
      },
      gap() {},
    });
    await connected(b);
    for (let i = 1; i <= 50; i++) {
      void backend.increment?.(channel, 1);
      a.publish(about(`${i}`));
      if (i % 5 === 0) await new Promise(setImmediate);
    }
    await eventually(() => seen.length === 50, 2000);
    expect((await Promise.all(seen)).every(Boolean)).toBe(true);
    await backend.close?.();
  });

  it('is refused without a name for the channel', () => {
    expect(() => redis({ url }).bus?.('')).toThrow(
      "redis.bus(): channel: ''. Allowed: a text that is not empty.",
    );
  });
});

describe("over the application's own client", () => {
  it('works, and its own commands are not held up', async () => {
    const client = createClient({ url });
    await client.connect();
    const { bus, heard } = await buses.hearing({ client, channel });
    const a = buses.open({ url, channel });
    const start = performance.now();
    for (let i = 0; i < 20; i++) await client.ping();
    expect(performance.now() - start).toBeLessThan(200);
    a.publish(about('a'));
    bus.publish(about('own'));
    await eventually(() => heard.keys.length === 1, 2000);
    await bus.close?.();
    expect(client.isOpen).toBe(true);
    const clients = (await raw.sendCommand(['CLIENT', 'LIST'])) as unknown as string;
    expect(clients.split('\n').filter((line) => line.includes('name=keepsake-bus'))).toEqual([]);
    client.destroy();
  });

  it('works with one that leads to a cluster', async () => {
    const client = createCluster({ rootNodes, useReplicas: true });
    await client.connect();
    const { bus, heard } = await buses.hearing({ client, channel });
    const a = buses.open({ cluster: { rootNodes }, channel });
    a.publish(about('a'));
    await eventually(() => heard.keys.length === 1, 2000);
    await bus.close?.();
    expect(await client.get('x')).toBeNull();
    client.destroy();
  });
});

describe('the options of redisBus()', () => {
  const url = 'redis://localhost:6379';
  const canary = 'canary-5ecret';
  it.each<[string, unknown, RegExp]>([
    ['nothing at all', {}, /^redisBus\(\): exactly one of url, .*given: none/],
    ['nothing', undefined, /^redisBus\(\): undefined was given\. Allowed: a URL, or an object/],
    [
      'an unknown option',
      { url, codec: 1 },
      /^redisBus\(\): 'codec' is no option. Allowed: url, .*channel, length/,
    ],
    ['a bad URL', `http://user:${canary}@host`, /^redisBus\(\): url is not a URL of a Redis/],
    ['an empty channel', { url, channel: '' }, /^redisBus\(\): channel: ''. Allowed: a text/],
    ['a channel that is no text', { url, channel: 5 }, /^redisBus\(\): channel: 5. Allowed: a text/],
    ['no length', { url, length: 0 }, /^redisBus\(\): length: 0. Allowed: a whole number from 1/],
    ['half a length', { url, length: 1.5 }, /^redisBus\(\): length: 1.5/],
    [
      'a bad timeout',
      { url, connectTimeout: 'soon' },
      /^redisBus\(\): connectTimeout: 'soon' is not a duration/,
    ],
    [
      'a client that cannot be copied',
      { client: { isOpen: true, connect: () => 1, sendCommand: () => 1, on: () => 1, off: () => 1 } },
      /^redisBus\(\): client cannot be opened a second time.*Allowed: .*`sentinel`/,
    ],
  ])('refuse %s', (_what, options, message) => {
    const build = () => redisBus(options as string);
    expect(build).toThrow(CacheConfigError);
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ message: expect.not.stringContaining(canary) }));
  });

  it('name the bus', () => {
    expect(buses.open({ url, name: 'prices' }).name).toBe('prices');
    expect(buses.open({ url }).name).toBe('redis bus');
  });
});
