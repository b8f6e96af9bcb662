import { inspect } from 'node:util';
import { redis } from '@keepsake/keyv';
import {
  type Cache,
  CacheError,
  type CacheEvents,
  configure,
  createCache,
  getCache,
  memory,
  resetConfiguration,
  tiered,
} from 'keepsake';
import { eventually, type Server, startRedis } from '../../../test-support/redis-server.js';
import { rawRedis } from './raw-redis.js';

/** What a loaded machine may add to what is promised, in ms. */
const SLACK = 500;

const servers: Server[] = [];
const caches: Cache[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => process.on('unhandledRejection', onUnhandled));
afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await resetConfiguration();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  expect(unhandled).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', onUnhandled));

async function server(options?: Parameters<typeof startRedis>[0]): Promise<Server> {
  const started = await startRedis(options);
  servers.push(started);
  return started;
}

const STACKS = {
  'memory in front of redis': (url: string) => tiered([memory(), redis(url)]),
  'redis alone': (url: string) => redis(url),
} as const;
type Stack = keyof typeof STACKS;

/** A cache of its own connection: what another process sees, as far as it has no front tier. */
function open(url: string, stack: Stack = 'redis alone', namespace = 'keepsake'): Cache {
  const cache = createCache({ backend: STACKS[stack](url), ttl: '1h', namespace });
  caches.push(cache);
  return cache;
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; took: number }> {
  const start = performance.now();
  const value = await work();
  return { value, took: performance.now() - start };
}

/** Within `promised` ms, with allowance for a loaded machine. */
async function within<T>(promised: number, work: () => Promise<T>): Promise<T> {
  const { value, took } = await timed(work);
  expect(took).toBeLessThan(promised + SLACK);
  return value;
}

type Invalidation = readonly [name: string, invalidate: (cache: Cache) => Promise<unknown>];

const INVALIDATIONS: readonly Invalidation[] = [
  ['delete', (cache) => cache.delete('k')],
  ['deleteMany', (cache) => cache.deleteMany(['k', 'x'])],
  ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
  ['deletePattern', (cache) => cache.deletePattern('k*')],
  ['clear', (cache) => cache.clear()],
  ['set', (cache) => cache.set('k', 'new')],
];

const STRICT: readonly Invalidation[] = [
  ['delete', (cache) => cache.delete('k', { strict: true })],
  ['deleteMany', (cache) => cache.deleteMany(['k', 'x'], { strict: true })],
  ['invalidateTags', (cache) => cache.invalidateTags(['t'], { strict: true })],
  ['clear', (cache) => cache.clear({ strict: true })],
];

describe.each(Object.keys(STACKS) as Stack[])('%s', (stack) => {
  const inFront = stack !== 'redis alone';

  it('answers 100 concurrent cold calls within 300 ms while the server is mute, and none after them waits', async () => {
    const own = await server();
    const cache = open(own.url, stack);
    await cache.getOrSet('warm', () => 'warm');
    own.freeze();
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    const load = async (key: string): Promise<string> => `loaded ${key}`;
    const call = (key: string): Promise<string> => cache.getOrSet(key, () => load(key), { tags: ['t'] });
    expect(await within(300, () => Promise.all(keys.map(call)))).toEqual(await Promise.all(keys.map(load)));
    const { took } = await timed(() => Promise.all(keys.map((key) => call(`again ${key}`))));
    expect(took).toBeLessThan(250);
    expect(cache.stats().tiers.at(-1)).toMatchObject({ name: 'redis', available: false });
  });

  it('answers what was under way when the server was killed', async () => {
    const own = await server();
    const cache = open(own.url, stack);
    await cache.getOrSet('warm', () => 'warm');
    const calls = Array.from({ length: 50 }, (_, i) => cache.getOrSet(`k${i}`, () => i));
    process.kill(own.pid, 'SIGKILL');
    expect(await within(300, () => Promise.all(calls))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(await within(5, () => cache.getOrSet('cold', () => 'v'))).toBe('v');
    if (inFront) expect(await cache.getOrSet('k7', () => 'never')).toBe(7);
  });

  it('uses the server again within 2 s of its start, and of its return', async () => {
    const down = await startRedis();
    await down.stop();
    const cache = open(down.url, stack);
    const other = open(down.url, 'memory in front of redis');
    expect(await within(300, () => cache.getOrSet('k', () => 'v'))).toBe('v');
    let stored = 0;
    const used = async (): Promise<boolean> => {
      await cache.set('stored', ++stored);
      return (await other.get('stored')) === stored;
    };
    for (let i = 0; i < 2; i++) {
      const up = await server({ port: down.port });
      expect(await eventually(used, 2000 + SLACK)).toBeLessThan(2000 + SLACK);
      await eventually(() => cache.stats().owed === 0, 2000);
      await up.kill();
      expect(await cache.getOrSet(`cold ${i}`, () => 'v')).toBe('v');
    }
  });

  it('settles an invalidation within 500 ms while the server is mute, and replays what it owes when it is back', async () => {
    const own = await server();
    const runs = INVALIDATIONS.map(([name, invalidate]) => {
      return {
        name,
        invalidate,
        cache: open(own.url, stack, name),
        other: open(own.url, 'redis alone', name),
      };
    });
    for (const { cache, other } of runs) {
      await cache.set('k', 'old', { tags: ['t'] });
      expect(await other.get('k')).toBe('old');
    }
    own.freeze();
    await Promise.all(
      runs.map(async ({ name, invalidate, cache }) => {
        // A listing may take longer: nobody knows how much there is to list.
        await within(name === 'deletePattern' ? 1000 : 500, () => invalidate(cache));
        const now = inFront && name === 'set' ? 'new' : undefined;
        expect([name, await cache.get('k')]).toEqual([name, now]);
        expect([name, cache.stats().owed > 0]).toEqual([name, true]);
      }),
    );
    own.thaw();
    const paid = (): boolean => runs.every(({ cache }) => cache.stats().owed === 0);
    expect(await eventually(paid, 2000 + SLACK)).toBeLessThan(2000 + SLACK);
    for (const { name, other } of runs) {
      expect([name, await other.get('k')]).toEqual([name, undefined]);
      expect([name, await other.getOrSet('k', () => 'fresh')]).toEqual([name, 'fresh']);
    }
  });

  it('rejects a strict invalidation within 500 ms while the server is mute, every time', async () => {
    const own = await server();
    const runs = STRICT.map(([name, invalidate]) => ({ invalidate, cache: open(own.url, stack, name) }));
    for (const { cache } of runs) await cache.set('k', 'old', { tags: ['t'] });
    own.freeze();
    const refused = runs.map(async ({ invalidate, cache }) => {
      for (let i = 0; i < 2; i++) {
        const error = await within(500, () => invalidate(cache).catch((reason: unknown) => reason));
        expect(error).toMatchObject({ name: 'CacheInvalidationError', code: 'CACHE_INVALIDATION' });
      }
    });
    await Promise.all(refused);
  });

  it('closes within 1 s while the server is mute and owed something', async () => {
    const own = await server();
    const cache = open(own.url, stack);
    await cache.set('k', 'old');
    own.freeze();
    const under = [cache.get('k'), cache.getOrSet('cold', () => 'v'), cache.delete('k')];
    await within(1000, () => cache.close());
    expect((await Promise.allSettled(under)).map(({ status }) => status)).toEqual(
      under.map(() => 'fulfilled'),
    );
  });

  it.each([
    ['null', 'null'],
    ['a number', '42'],
    ['an empty list', '[]'],
    ['nothing', ''],
    ['half an entry', undefined],
  ])('takes %s for a miss, and repairs it', async (_, junk) => {
    const own = await server();
    const cache = open(own.url, stack);
    const other = open(own.url);
    await other.set('k', { whole: true });
    const whole = await rawRedis(own.port, 'STRLEN', 'keepsake:k');
    const half = Number(whole.slice(1)) - 9;
    if (junk === undefined) {
      expect(half).toBeGreaterThan(28);
      await rawRedis(own.port, 'EVAL', CUT, '1', 'keepsake:k', String(half));
    } else await rawRedis(own.port, 'SET', 'keepsake:k', junk);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await eventually(async () => (await other.get('k')) === 'loaded', 2000);
  });

  describe('on a server that refuses', () => {
    const REFUSALS: readonly (readonly [string, (own: Server) => Promise<unknown>])[] = [
      ['writes, as a replica does', (own) => rawRedis(own.port, 'REPLICAOF', '127.0.0.1', '1')],
      ['writes, being full', (own) => rawRedis(own.port, 'CONFIG', 'SET', 'maxmemory', '1')],
      [
        'everything, for want of a password',
        (own) => rawRedis(own.port, 'CONFIG', 'SET', 'requirepass', 'other'),
      ],
    ];
    it.each(REFUSALS)(
      '%s, no read fails or waits, and no delete is claimed that was none',
      async (_, refuse) => {
        const own = await server();
        const seeding = open(own.url);
        await seeding.set('k', 'old');
        await seeding.close();
        await refuse(own);
        const cache = open(own.url, stack);
        expect(await within(300, () => cache.getOrSet('cold', () => 'v'))).toBe('v');
        const deleted = await within(500, () => cache.delete('k'));
        expect(await cache.get('k')).toBeUndefined();
        // A full server can still delete.
        if (deleted) expect(await rawRedis(own.port, 'EXISTS', 'keepsake:k')).toBe(':0\r\n');
        else expect(cache.stats().owed).toBeGreaterThan(0);
        await within(500, () => cache.set('k', 'new'));
        if (inFront) expect(await cache.get('k')).toBe('new');
      },
    );
  });
});

const CUT = "return redis.call('set', KEYS[1], redis.call('getrange', KEYS[1], 0, ARGV[1]))";

describe('the password of a server', () => {
  const CANARY = 'c4n4ry-5ecret';
  const EVENTS = [
    'tierError',
    'loadError',
    'unstorable',
    'miss',
    'close',
  ] as const satisfies readonly (keyof CacheEvents)[];

  it.each(['wrong', 'for a server that is down'])('is shown nowhere, %s', async (kind) => {
    const own = await server({ args: ['--requirepass', 'another'] });
    const url = `redis://user:${CANARY}@127.0.0.1:${own.port}`;
    if (kind !== 'wrong') await own.kill();
    const printed: unknown[] = [];
    const methods = ['log', 'warn', 'error', 'info', 'debug'] as const;
    for (const method of methods)
      jest.spyOn(console, method).mockImplementation((...args) => void printed.push(args));
    configure({ backends: { r: { type: 'redis', url } }, caches: { default: { tiers: ['r'], ttl: '1h' } } });
    const backends = [redis(url), redis({ server: { url, socket: {} } })];
    const all = [getCache(), ...backends.map((backend) => createCache({ backend, ttl: '1h' }))];
    const seen: unknown[] = [printed, backends, all];
    for (const cache of all) {
      for (const event of EVENTS) cache.on(event, (told) => seen.push(event, told));
      await cache.getOrSet('k', () => 'v');
      for (const work of [() => cache.delete('k', { strict: true }), () => cache.increment('n')]) {
        const error = await work().catch((reason: unknown) => reason);
        expect(CacheError.is(error)).toBe(true);
        seen.push(error, String(error), (error as Error).stack);
      }
      seen.push(cache.stats());
      await cache.close();
    }
    jest.restoreAllMocks();
    expect(seen.length).toBeGreaterThan(20);
    expect(inspect(seen, { depth: 30, showHidden: true, getters: true })).not.toContain(CANARY);
    expect(JSON.stringify(seen)).not.toContain(CANARY);
  });
});
