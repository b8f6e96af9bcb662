import { createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, manualClock, sharedMemory } from '@keepsake/testing';
import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

/** The key of the scenes is fresh until 60 s, and may be served until 90 s. */
const rules = { staleWhileRevalidate: '30s' } as const;

describe('staleWhileRevalidate', () => {
  it('serves the stale value at once to all who ask, and reloads it once, in the background', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(70_000);
    scene.call('a', rules);
    scene.call('b', rules);
    expect(await scene.upTo(70_000)).toEqual([
      '70000: *stale memory | *stale memory | a <- v1 | b <- v1 | load 2',
    ]);
    await scene.until(70_009);
    scene.call('c', rules);
    await scene.until(70_010);
    scene.call('d', rules);
    expect(await scene.upTo(80_000)).toEqual([
      '70009: *stale memory | c <- v1',
      '70010: *hit memory | d <- v2',
    ]);
    const { tiers, ...figures } = scene.cache.stats();
    expect(figures).toMatchObject({ hits: 1, staleHits: 3, misses: 1, loads: 2, coalesced: 0 });
    expect(tiers).toMatchObject([{ name: 'memory', hits: 4 }]);
  });

  it('counts from the end of the ttl, and neither instant is served twice', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(59_999);
    scene.call('fresh', rules);
    expect(await scene.upTo(59_999)).toEqual(['59999: *hit memory | fresh <- v1']);
    await scene.until(60_000);
    scene.source.next({ fails: 'down' });
    scene.call('stale', rules);
    expect(await scene.upTo(60_010)).toEqual([
      '60000: *stale memory | load 2 | stale <- v1',
      '60010: *loadError down',
    ]);
    await scene.until(89_999);
    scene.source.next({ fails: 'down' });
    scene.call('last', rules);
    expect(await scene.upTo(89_999)).toEqual(['89999: *stale memory | last <- v1 | load 3']);
  });

  it('makes a caller wait for the load beyond it', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(90_000);
    scene.call('late', rules);
    expect(await scene.upTo(100_000)).toEqual(['90000: load 2', '90010: *miss | late <- v2']);
  });

  it('lets a caller join the reload of an earlier one when its time is over', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(89_990);
    scene.source.next({ takes: 100 });
    scene.call('in time', rules);
    await scene.until(90_000);
    scene.call('late', rules);
    expect(await scene.upTo(91_000)).toEqual([
      '89990: *stale memory | in time <- v1 | load 2',
      '90090: *coalesced | late <- v2',
    ]);
  });

  it('stores the reloaded value with a new life', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(70_000);
    scene.call('a', rules);
    const start = scene.clock.now() - 70_000;
    await scene.until(70_010);
    expect(await scene.cache.entry('k')).toMatchObject({
      value: 'v2',
      createdAt: start + 70_010,
      staleAt: start + 130_010,
      expiresAt: start + 160_010,
    });
  });

  it('shows nothing stale to those who only look', async () => {
    const scene = new Process(rules);
    const find = scene.cache.cached(async (id: string) => `user ${id}`, { id: 'find', ttl: '60s' });
    await find('42');
    await scene.cache.set('k', 'v', { ttl: '60s' });
    await scene.until(60_000);
    const { cache } = scene;
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getMany(['k'])).toEqual([undefined]);
    expect(await cache.has('k')).toBe(false);
    expect(await find.peek('42')).toBeUndefined();
    expect(await cache.entry('k')).toMatchObject({ value: 'v' });
    expect(await find('42')).toBe('user 42');
    expect(cache.stats()).toMatchObject({ staleHits: 1, misses: 4 });
  });

  it('holds for a wrapped function as it does for getOrSet', async () => {
    const scene = new Process();
    const find = scene.cache.cached(async () => scene.source.load(), { id: 'find', ttl: '60s', ...rules });
    scene.trace.outcome('first', find());
    await scene.until(70_000);
    scene.trace.outcome('stale', find());
    await scene.until(71_000);
    scene.trace.outcome('fresh', find());
    expect(await scene.upTo(71_000)).toEqual([
      '0: load 1',
      '10: *miss | first <- v1',
      '70000: *stale memory | load 2 | stale <- v1',
      '71000: *hit memory | fresh <- v2',
    ]);
  });

  it('may be a default of the cache', async () => {
    const scene = new Process(rules);
    await scene.fill({});
    await scene.until(70_000);
    scene.call('a');
    expect(await scene.upTo(70_000)).toEqual(['70000: *stale memory | a <- v1 | load 2']);
  });

  it('holds for a value that its user stored', async () => {
    const scene = new Process();
    await scene.cache.set('k', 'set', { ttl: '60s', ...rules });
    await scene.until(89_999);
    scene.call('a', rules);
    expect(await scene.upTo(90_100)).toEqual(['89999: *stale memory | a <- set | load 1']);
  });

  it('does not reload what its reader, not its writer, would keep for longer', async () => {
    const scene = new Process();
    await scene.fill({ staleWhileRevalidate: '5s' });
    await scene.until(65_000);
    scene.call('a', { staleWhileRevalidate: '1h' });
    expect(await scene.upTo(65_100)).toEqual(['65000: load 2', '65010: *miss | a <- v2']);
  });
});

describe('a background reload', () => {
  it.each<[string, (scene: Process) => Promise<unknown>]>([
    ['deleted', (scene) => scene.cache.delete('k')],
    ['invalidated by tag', (scene) => scene.cache.invalidateTags(['t'])],
    ['cleared', (scene) => scene.cache.clear()],
  ])('of a key that is %s meanwhile is not stored, nor joined', async (_how, invalidate) => {
    const scene = new Process();
    const tagged = { ...rules, tags: ['t'] };
    await scene.fill(tagged);
    await scene.until(70_000);
    scene.source.next({ takes: 100 });
    scene.call('a', tagged);
    await scene.until(70_050);
    await invalidate(scene);
    scene.call('b', tagged);
    expect(await scene.upTo(71_000)).toEqual([
      '70000: *stale memory | a <- v1 | load 2',
      '70050: load 3',
      '70060: *miss | b <- v3',
      '70100: *fenced',
    ]);
    expect(await scene.cache.get('k')).toBe('v3');
  });

  it('that never ends does not keep the key from being reloaded for longer than 60 s', async () => {
    const scene = new Process();
    const long = { staleWhileRevalidate: '1d' } as const;
    await scene.fill(long);
    await scene.until(70_000);
    scene.source.next({ takes: Number.POSITIVE_INFINITY });
    scene.call('a', long);
    await scene.until(129_999);
    scene.call('b', long);
    await scene.until(130_000);
    scene.call('c', long);
    await scene.until(131_000);
    scene.call('d', long);
    expect(await scene.upTo(131_000)).toEqual([
      '70000: *stale memory | a <- v1 | load 2',
      '129999: *stale memory | b <- v1',
      '130000: *stale memory | c <- v1 | load 3',
      '130010: load 2 aborted',
      '131000: *hit memory | d <- v3',
    ]);
  });

  it('of a value that was replaced does not keep the new one from being reloaded', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(70_000);
    scene.source.next({ takes: 40_000 });
    scene.call('a', rules);
    await scene.until(71_000);
    await scene.cache.set('k', 'set', { ttl: '10s', ...rules });
    await scene.until(82_000);
    scene.call('b', rules);
    expect(await scene.upTo(83_000)).toEqual([
      '70000: *stale memory | a <- v1 | load 2',
      '82000: *stale memory | b <- set | load 3',
    ]);
    expect(await scene.cache.get('k')).toBe('v3');
  });
});

describe('staleWhileRevalidate in a fleet', () => {
  it('reloads once in all, where the back tier grants leases', async () => {
    const scene = new Processes(['a', 'b', 'c']);
    await scene.fill(rules);
    scene.call('b', rules);
    scene.call('c', rules);
    await scene.upTo(0);
    await scene.until(70_000);
    scene.source.next({ takes: 1500 });
    for (let at = 70_000; at <= 71_400; at += 200) {
      for (const name of ['a', 'b', 'c']) scene.call(name, rules);
      await scene.until(at);
    }
    await scene.until(71_500);
    expect(scene.source.begun).toBe(2);
    scene.trace.take();
    // The others learn of the fill, and fetch it in the background.
    for (const name of ['a', 'b', 'c']) scene.call(name, rules);
    await scene.until(71_600);
    for (const name of ['a', 'b', 'c']) scene.call(name, rules);
    expect(await scene.upTo(71_600)).toEqual([
      '71500: a <- v2 | a*hit memory | b <- v1 | b*stale memory | c <- v1 | c*stale memory',
      '71600: a <- v2 | a*hit memory | b <- v2 | b*hit memory | c <- v2 | c*hit memory',
    ]);
    expect(scene.source.begun).toBe(2);
  });

  it('asks the back tier once per retryAfter while another process reloads, not at every hit', async () => {
    const scene = new Processes(['a', 'b'], { bus: false });
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(70_000);
    scene.source.next({ takes: 3000 });
    scene.call('a', rules);
    await scene.until(70_001);
    const { calls } = scene.node('b').wire.controls;
    const before = calls.acquire;
    for (let at = 70_001; at < 71_000; at += 10) {
      scene.call('b', rules);
      await scene.until(at);
    }
    // One look finds the stale entry, and one asks for its lease.
    expect(calls.acquire - before).toBe(2);
    expect(scene.node('b').cache.stats().staleHits).toBe(100);
    expect(scene.source.begun).toBe(2);
  });

  it('looks a second later at the latest whether the other process is done, whatever retryAfter says', async () => {
    const scene = new Processes(['a', 'b'], { bus: false });
    const long = { staleWhileRevalidate: '1h', retryAfter: '1h' } as const;
    await scene.fill(long);
    scene.call('b', long);
    await scene.until(70_000);
    scene.source.next({ takes: 500 });
    scene.call('a', long);
    await scene.until(70_100);
    scene.call('b', long);
    await scene.until(71_200);
    scene.trace.take();
    scene.call('b', long);
    await scene.until(71_300);
    scene.call('b', long);
    expect((await scene.upTo(71_300)).at(-1)).toMatch(/^71300: b <- v2/);
  });

  it('takes the load of another process for no failure: beyond the window a caller waits for it', async () => {
    const scene = new Processes(['a', 'b']);
    const both = { staleWhileRevalidate: '10s', staleIfError: '1h' } as const;
    await scene.fill(both);
    scene.call('b', both);
    await scene.until(69_900);
    scene.trace.take();
    scene.source.next({ takes: 500 });
    scene.call('a', both);
    await scene.until(69_950);
    scene.call('b', both);
    await scene.until(70_100);
    scene.call('b', both);
    expect(await scene.upTo(71_000)).toEqual([
      '69900: a <- v1 | a*stale memory | load 2',
      '69950: b <- v1 | b*stale memory',
      '70400: b <- v2 | b*hit shared',
    ]);
  });

  it('serves at once what is stale in a slow tier only, and reloads it', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(70_000);
    scene.node('a').front.clear();
    scene.node('a').wire.controls.delay(20, 'acquire');
    scene.source.next({ takes: 500 });
    scene.call('a', rules);
    expect(await scene.upTo(71_000)).toEqual(['70040: a <- v1 | a*stale shared | load 2']);
    scene.call('a', rules);
    expect(await scene.upTo(71_000)).toEqual(['71000: a <- v2 | a*hit memory']);
  });

  it('serves many callers at once what is stale in a slow tier only, with one load for all', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(70_000);
    scene.node('a').front.clear();
    scene.source.next({ takes: 500 });
    for (let i = 0; i < 20; i++) scene.call('a', rules);
    await scene.until(70_100);
    for (let i = 0; i < 20; i++) scene.call('a', rules);
    await scene.until(71_000);
    expect(scene.source.begun).toBe(2);
    expect(scene.node('a').cache.stats()).toMatchObject({ staleHits: 40, loads: 2, misses: 1, coalesced: 0 });
  });

  it('serves at once where the only tier is behind a network', async () => {
    const clock = manualClock();
    const backend = sharedMemory({ clock }).connect({ clock });
    const scene = new Process({ backend }, clock);
    await scene.fill(rules);
    await scene.until(70_000);
    scene.call('a', rules);
    scene.call('b', rules);
    expect(await scene.upTo(70_100)).toEqual([
      '70000: *stale shared | *stale shared | a <- v1 | b <- v1 | load 2',
    ]);
  });

  it('takes the value that another process reloaded rather than load again', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(70_000);
    scene.call('a', rules);
    await scene.until(75_000);
    scene.trace.take();
    scene.call('b', rules);
    await scene.until(75_100);
    scene.call('b', rules);
    expect(await scene.upTo(75_100)).toEqual([
      '75000: b <- v1 | b*stale memory',
      '75100: b <- v2 | b*hit memory',
    ]);
    expect(scene.source.begun).toBe(2);
  });
});

describe('a front tier with a maxTtl', () => {
  it('keeps its copy no longer than that, and the stale value of the tier behind it is served', async () => {
    const clock = manualClock();
    const front = memory({ clock });
    const back = chaos(memory({ clock, name: 'back' }), { clock, remote: true });
    const backend = tiered([{ backend: front, maxTtl: '5s' }, back]);
    const scene = new Process({ backend }, clock);
    await scene.fill(rules);
    await scene.until(4999);
    expect(front.get('keepsake:k')).toMatchObject({
      staleAt: clock.now() + 55_001,
      expiresAt: clock.now() + 1,
    });
    await scene.until(5000);
    expect(front.get('keepsake:k')).toBeUndefined();
    await scene.until(70_000);
    scene.call('a', rules);
    expect(await scene.upTo(71_000)).toEqual(['70000: *stale back | a <- v1 | load 2']);
    scene.call('b', rules);
    expect(await scene.upTo(71_000)).toEqual(['71000: *hit memory | b <- v2']);
  });

  it('that is shorter than the stale life bounds what it serves, not what is served', async () => {
    const clock = manualClock();
    const backend = tiered([{ backend: memory({ clock }), maxTtl: '70s' }, memory({ clock, name: 'back' })]);
    const scene = new Process({ backend }, clock);
    await scene.fill(rules);
    scene.source.next({ fails: 'down' });
    await scene.until(69_000);
    scene.call('a', rules);
    await scene.until(71_000);
    scene.call('b', rules);
    expect(await scene.upTo(72_000)).toEqual([
      '69000: *stale memory | a <- v1 | load 2',
      '69010: *loadError down',
      '71000: *stale back | b <- v1 | load 3',
    ]);
  });
});

describe('a cache without stale rules', () => {
  it('keeps nothing beyond its ttl', async () => {
    const clock = manualClock();
    const backend = memory({ clock });
    const cache = createCache({ backend, clock, jitter: 0 });
    await cache.getOrSet('k', () => 1, { ttl: '60s' });
    await clock.advance('60s');
    expect(backend.get('keepsake:k')).toBeUndefined();
  });
});
