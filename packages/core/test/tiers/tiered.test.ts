import {
  type Backend,
  createCache,
  type Entry,
  encoded,
  isPending,
  localBus,
  tiered,
  wrap,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, manualClock, sharedMemory } from '@keepsake/testing';
import { recorded, smallest } from '../cache/fleet.js';

const MINUTE = 60_000;

/** `inner`, which notes what it is asked for. */
function noted(inner: Backend, name: string, log: string[]): Backend {
  const note =
    <A extends unknown[], R>(operation: string, method: (...args: A) => R) =>
    (...args: A): R => {
      const keys = Array.isArray(args[0])
        ? args[0].map((each) => (Array.isArray(each) ? each[0] : each))
        : [args[0]];
      if (!String(keys[0]).startsWith('\0')) log.push(`${name} ${operation} ${keys.join(',')}`);
      return method(...args);
    };
  return wrap(inner, {
    name,
    get: note('get', inner.get.bind(inner)),
    set: note('set', inner.set.bind(inner)),
    delete: note('delete', inner.delete.bind(inner)),
    clear: note('clear', inner.clear.bind(inner)),
    getMany: inner.getMany && note('getMany', inner.getMany.bind(inner)),
    setMany: inner.setMany && note('setMany', inner.setMany.bind(inner)),
    deleteMany: inner.deleteMany && note('deleteMany', inner.deleteMany.bind(inner)),
    touch: inner.touch && note('touch', inner.touch.bind(inner)),
  });
}

function stack() {
  const clock = manualClock();
  const [front, middle, server] = [memory({ clock }), memory({ clock }), sharedMemory({ clock })];
  const back = server.connect();
  const entry = (value: unknown, ttl = MINUTE): Entry => {
    const now = clock.now();
    return { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
  };
  return { clock, front, middle, back, server, entry };
}

describe('tiered', () => {
  it('reads from the front to the back, and copies what it finds forward with the life it has left', async () => {
    const { clock, front, middle, back, entry } = stack();
    const backend = tiered([front, middle, back], { clock });
    const stored = { ...entry('v'), loadTime: 12.5 };
    await back.set('k', stored);
    await clock.advance('45s');
    expect(await backend.get('k')).toEqual(stored);
    expect(front.get('k')).toEqual(stored);
    expect(middle.get('k')).toEqual(stored);
    await clock.advance(14_999);
    expect(front.get('k')).toBeDefined();
    await clock.advance(1);
    expect([front.get('k'), middle.get('k'), await backend.get('k')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('asks no tier behind the one that has it', async () => {
    const { clock, front, middle, back, entry } = stack();
    const log: string[] = [];
    const backend = tiered([front, noted(middle, 'middle', log), noted(back, 'back', log)], { clock });
    middle.set('k', entry('v'));
    await backend.get('k');
    await backend.get('k');
    expect(log).toEqual(['middle get k']);
  });

  it('writes, deletes, touches and clears from the back to the front', async () => {
    const { clock, front, middle, back, entry } = stack();
    const log: string[] = [];
    const backend = tiered(
      [noted(front, 'front', log), noted(middle, 'middle', log), noted(back, 'back', log)],
      { clock },
    );
    const order = async (work: () => unknown): Promise<string[]> => {
      log.length = 0;
      await work();
      return log.map((line) => line.replace(/ (get|set|delete)Many? .*| \S+$/, ''));
    };
    const backToFront = (operation: string) => [
      `back ${operation}`,
      `middle ${operation}`,
      `front ${operation}`,
    ];
    expect(await order(() => backend.set('k', entry(1)))).toEqual(backToFront('set'));
    expect(await order(() => backend.touch?.('k', 1, 1))).toEqual(backToFront('touch'));
    expect(await order(() => backend.delete('k'))).toEqual(backToFront('delete'));
    expect(await order(() => backend.clear('k'))).toEqual(backToFront('clear'));
  });

  it('bounds the life in one tier by its maxTtl, wherever the entry comes from', async () => {
    const { clock, front, back, entry } = stack();
    const backend = tiered([{ backend: front, maxTtl: 1000 }, back], { clock });
    const stored = entry('v');
    await backend.set('k', stored);
    expect(front.get('k')).toEqual({ ...stored, expiresAt: clock.now() + 1000 });
    await clock.advance(1000);
    expect(front.get('k')).toBeUndefined();
    expect(await backend.get('k')).toMatchObject({ expiresAt: clock.now() + MINUTE - 1000 });
    expect(front.get('k')).toEqual({ ...stored, expiresAt: clock.now() + 1000 });
    await clock.advance(58_500);
    await backend.get('k');
    expect(front.get('k')).toMatchObject({ expiresAt: clock.now() + 500 });
  });

  it('bounds a touch, a batch, a conditional set and a fill by maxTtl too', async () => {
    const { clock, front, back, entry } = stack();
    const cache = createCache({
      backend: tiered([
        { backend: front, maxTtl: 1000 },
        { backend: back, maxTtl: 5000 },
      ]),
      clock,
      jitter: 0,
    });
    const ends = async (key: string) => [
      (front.get(`keepsake:${key}`)?.expiresAt ?? 0) - clock.now(),
      ((await back.get(`keepsake:${key}`))?.expiresAt ?? 0) - clock.now(),
    ];
    void entry;
    await cache.set('set', 1, { ttl: '1h' });
    await cache.setMany([
      { key: 'a', value: 1, ttl: '1h' },
      { key: 'b', value: 1, ttl: '1h' },
    ]);
    await cache.set('if', 1, { ttl: '1h', if: 'absent' });
    await cache.getOrSet('load', () => 1, { ttl: '1h' });
    await clock.advance(0);
    for (const key of ['set', 'a', 'if', 'load'])
      expect([key, ...(await ends(key))]).toEqual([key, 1000, 5000]);
    await clock.advance(500);
    await cache.touch('set', '1h');
    expect(await ends('set')).toEqual([1000, 5000]);
    expect(front.get('keepsake:set')?.staleAt).toBe(clock.now() + 3_600_000);
    expect((await back.get('keepsake:set'))?.staleAt).toBe(clock.now() + 3_600_000);
  });

  it('says of a delete that something was there if any reachable tier held it alive', async () => {
    const { clock, front, middle, back, entry } = stack();
    const backend = tiered([front, middle, back], { clock });
    for (const tier of [front, middle, back]) {
      await tier.set('k', entry(1));
      expect(await backend.delete('k')).toBe(true);
      expect(await backend.delete('k')).toBe(false);
    }
    const broken = chaos(back);
    const partly = tiered([front, broken], { clock });
    front.set('k', entry(1));
    broken.controls.down();
    expect(await partly.delete('k')).toBe(true);
    expect(await partly.delete('k')).toBe(false);
  });

  it('stays in its tick where its tiers do, and answers with a promise where they do not', () => {
    const { clock, front, middle, back, entry } = stack();
    const sync = tiered([front, middle], { clock });
    expect(isPending(sync.set('k', entry(1)))).toBe(false);
    expect(sync.get('k')).toMatchObject({ value: 1 });
    front.clear();
    expect(sync.get('k')).toMatchObject({ value: 1 });
    expect(front.get('k')).toMatchObject({ value: 1 });
    expect(sync.delete('k')).toBe(true);
    const async = tiered([front, smallest(clock)], { clock });
    expect(isPending(async.get('k'))).toBe(true);
    front.set('k', entry(1));
    expect(async.get('k')).toMatchObject({ value: 1 });
    void back;
  });

  it('serves a fresh entry behind a stale one', async () => {
    const { clock, front, back, entry } = stack();
    front.set('k', { ...entry('stale'), staleAt: clock.now() });
    await back.set('k', entry('fresh'));
    expect(await tiered([front, back], { clock }).get('k')).toMatchObject({ value: 'fresh' });
  });

  it('reads a batch once per tier, and asks the next one only for what is missing', async () => {
    const { clock, front, back, entry } = stack();
    const log: string[] = [];
    const backend = tiered(
      [
        front,
        noted(chaos(back), 'middle', log),
        noted(chaos(sharedMemory({ clock }).connect()), 'back', log),
      ],
      { clock },
    );
    front.set('a', entry('a'));
    await back.set('b', entry('b'));
    const found = await backend.getMany?.(['a', 'b', 'c', 'd']);
    expect(found?.map((each) => each?.value)).toEqual(['a', 'b', undefined, undefined]);
    expect(log).toEqual(['middle getMany b,c,d', 'back getMany c,d', ...log.slice(2)]);
    expect(front.get('b')).toMatchObject({ value: 'b' });
  });

  it('reads a batch of a cache with one request per tier, and one for its tags', async () => {
    const { clock, front, back } = stack();
    const wire = chaos(back);
    const cache = createCache({ backend: tiered([front, wire]), clock });
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    await cache.setMany(keys.map((key) => ({ key, value: key, tags: [`of:${key}`] })));
    front.clear();
    await clock.advance('1m');
    const before = { ...wire.controls.calls };
    expect(await cache.getMany(keys)).toEqual(keys);
    expect(wire.controls.calls.getMany - before.getMany).toBe(2);
    expect(wire.controls.calls.get - before.get).toBe(0);
  });

  it('is flattened by createCache: one stack, the shorter maxTtl counts', async () => {
    const { clock, front, middle, back } = stack();
    const inner = tiered([{ backend: middle, maxTtl: 5000 }, back], { clock });
    const cache = createCache({
      backend: tiered([front, { backend: inner, maxTtl: 9000 }]),
      clock,
      jitter: 0,
    });
    expect(cache.stats().tiers.map((tier) => tier.name)).toEqual(['memory', 'memory', 'shared']);
    await cache.set('k', 1, { ttl: '1h' });
    expect(middle.get('keepsake:k')?.expiresAt).toBe(clock.now() + 5000);
    expect((await back.get('keepsake:k'))?.expiresAt).toBe(clock.now() + 9000);
    expect(front.get('keepsake:k')?.expiresAt).toBe(clock.now() + 3_600_000);
  });

  it('fills what a read found on its way also for a load', async () => {
    const { clock, front, middle, back } = stack();
    const cache = createCache({ backend: tiered([front, chaos(middle, { remote: true }), back]), clock });
    await cache.set('k', 'v', { ttl: '1h' });
    front.clear();
    middle.clear();
    expect(await cache.getOrSet('k', () => 'never', { ttl: '1h' })).toBe('v');
    await clock.advance(0);
    expect(front.get('keepsake:k')).toMatchObject({ value: 'v' });
    expect(middle.get('keepsake:k')).toMatchObject({ value: 'v' });
  });

  it('does not let a tier that is broken fail a sweep', async () => {
    const { clock, front, back, entry } = stack();
    const wire = chaos(back);
    const cache = createCache({ backend: tiered([front, wire]), clock });
    front.set('k', entry(1, 1000));
    clock.set(clock.now() + MINUTE);
    wire.controls.down();
    expect(await cache.sweep()).toBe(1);
  });
});

describe('a value that one tier cannot carry', () => {
  const bytes = (clock: ReturnType<typeof manualClock>, name = 'bytes'): Backend => {
    const data = new Map<string, string | Uint8Array>();
    return encoded(
      {
        name,
        read: async (key) => data.get(key),
        write: async (key, value) => void data.set(key, value),
        remove: async (key) => data.delete(key),
        clear: async (prefix = '') => {
          for (const key of data.keys()) if (key.startsWith(prefix)) data.delete(key);
        },
        keys: (prefix = '') => [...data.keys()].filter((key) => key.startsWith(prefix)),
      },
      undefined,
      { clock },
    );
  };
  const refused = { code: 'CACHE_SERIALIZATION', name: 'CacheSerializationError' };
  const cannot = () => 'a function';

  it.each<[string, (clock: ReturnType<typeof manualClock>) => readonly Backend[]]>([
    ['the back', (clock) => [memory({ clock }), memory({ clock, name: 'other' }), bytes(clock)]],
    ['the middle', (clock) => [memory({ clock }), bytes(clock), sharedMemory({ clock }).connect()]],
    ['the front', (clock) => [memory({ clock, isolation: 'clone' }), sharedMemory({ clock }).connect()]],
  ])('is refused when it is set, and no tier has it: %s', async (_where, tiers) => {
    const clock = manualClock();
    const backends = tiers(clock);
    const cache = createCache({ backend: tiered(backends), clock });
    await expect(cache.set('k', cannot)).rejects.toMatchObject(refused);
    await expect(cache.set('if', cannot, { if: 'absent' })).rejects.toMatchObject(refused);
    const many = [
      { key: 'a', value: 1 },
      { key: 'b', value: cannot },
      { key: 'c', value: 2 },
    ];
    await expect(cache.setMany(many)).rejects.toMatchObject(refused);
    for (const backend of backends) {
      for (const key of ['k', 'if', 'b']) expect(await backend.get(`keepsake:${key}`)).toBeUndefined();
    }
    expect(await cache.set('k', 'fine')).toBe(true);
  });

  it('is not left with another process that read it in between', async () => {
    const clock = manualClock();
    const server = sharedMemory({ clock });
    const hub = localBus();
    const picky = memory({ clock, isolation: 'clone' });
    const slow = chaos(picky, { clock, remote: true });
    slow.controls.delay(10, 'set');
    const a = createCache({ backend: tiered([slow, server.connect()]), clock, bus: hub.connect() });
    const b = createCache({
      backend: tiered([memory({ clock }), server.connect()]),
      clock,
      bus: hub.connect(),
    });
    const set = a.set('k', cannot);
    await clock.advance(5);
    expect(await b.get('k')).toBe(cannot);
    const outcome = expect(set).rejects.toMatchObject(refused);
    await clock.advance(1000);
    await outcome;
    expect(await b.get('k')).toBeUndefined();
  });

  it('is returned when it was loaded, reported, and kept in the memory tier only', async () => {
    const clock = manualClock();
    const [front, back] = [memory({ clock }), bytes(clock)];
    const cache = createCache({ backend: tiered([front, back]), clock, ttl: '1h' });
    const stream = recorded(cache);
    const load = jest.fn(() => cannot);
    expect(await cache.getOrSet('k', load)).toBe(cannot);
    await clock.advance(0);
    expect(stream).toContainEqual([
      'tierError',
      { tier: 'bytes', operation: 'set', key: 'keepsake:k', error: expect.objectContaining(refused) },
    ]);
    expect(await cache.getOrSet('k', load)).toBe(cannot);
    expect(load).toHaveBeenCalledTimes(1);
    expect(front.get('keepsake:k')).toBeDefined();
    expect(await back.get('keepsake:k')).toBeUndefined();
  });
});
