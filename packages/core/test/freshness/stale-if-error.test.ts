import { manualClock, sharedMemory } from '@keepsake/testing';
import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

/** The key of the scenes is fresh until 60 s, and may be served in place of an error until 90 s. */
const rules = { staleIfError: '30s' } as const;
const down = new Error('down');

describe('staleIfError', () => {
  it('serves the stale value when the load fails, and not before', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 100, fails: down });
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60100: *loadError down | *stale memory | a <- v1',
    ]);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 1, misses: 1, hits: 0, loads: 2, loadErrors: 1 });
  });

  it('serves what is loaded when the load goes well', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual(['60000: load 2', '60010: *miss | a <- v2']);
  });

  it('serves it to all who wait, each of them counted once, after one load', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 100, fails: down });
    scene.call('a', rules);
    scene.call('b', rules);
    await scene.until(60_050);
    scene.call('c', rules);
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60100: *loadError down | *stale memory | *stale memory | *stale memory | a <- v1 | b <- v1 | c <- v1',
    ]);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 3, misses: 1, coalesced: 0, loadErrors: 1 });
  });

  it('ends at an instant: the window is over when the load fails, though not when it began', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(89_990);
    scene.source.next({ takes: 9, fails: down }, { takes: 10, fails: down });
    scene.call('in time', { ...rules, retryAfter: 1 });
    await scene.until(89_999);
    expect(scene.trace.take()).toEqual([
      '89990: load 2',
      '89999: *loadError down | *stale memory | in time <- v1',
    ]);
    await scene.until(90_000);
    scene.call('late', rules);
    expect(await scene.upTo(91_000)).toEqual([
      '90000: load 3',
      '90010: *loadError down | *miss | late x down',
    ]);
  });

  it.each([
    ['an Error', down],
    ['no Error', 'text'],
    ['undefined', undefined],
  ])("gives all callers the loader's own error beyond the window, unchanged: %s", async (_what, error) => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(90_000);
    const load = jest.fn(() => Promise.reject(error as Error));
    const calls = [1, 2, 3].map(() => scene.cache.getOrSet('k', load, { ttl: '60s', ...rules }));
    for (const call of await Promise.allSettled(calls))
      expect(call).toEqual({ status: 'rejected', reason: error });
    expect(((await Promise.allSettled(calls))[0] as PromiseRejectedResult).reason).toBe(error);
    expect(load).toHaveBeenCalledTimes(1);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 0, misses: 2, coalesced: 2, loadErrors: 1 });
  });

  it('serves nothing but the error where nothing is stored', async () => {
    const scene = new Process(rules);
    scene.source.next({ fails: down });
    scene.call('a');
    scene.call('b');
    expect(await scene.upTo(100)).toEqual([
      '0: load 1',
      '10: *coalesced | *loadError down | *miss | a x down | b x down',
    ]);
  });

  it('serves what was marked stale, from then on', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(10_000);
    await scene.cache.markStale('k');
    scene.source.next({ fails: down });
    scene.call('a', rules);
    await scene.until(39_999);
    scene.source.next({ fails: down, takes: 0 });
    scene.call('b', rules);
    await scene.until(40_000);
    scene.source.next({ fails: down, takes: 0 });
    scene.call('c', { ...rules, retryAfter: 1 });
    expect(await scene.upTo(41_000)).toEqual([
      '10000: load 2',
      '10010: *loadError down | *stale memory | a <- v1',
      '39999: *loadError down | *stale memory | b <- v1 | load 3',
      '40000: *loadError down | *miss | c x down | load 4',
    ]);
  });

  it('lets a failed background reload be one event, and the value is served on', async () => {
    const both = { staleWhileRevalidate: '10s', ...rules } as const;
    const scene = new Process();
    await scene.fill(both);
    await scene.until(65_000);
    scene.source.next({ fails: down });
    scene.call('a', both);
    scene.call('b', both);
    expect(await scene.upTo(65_500)).toEqual([
      '65000: *stale memory | *stale memory | a <- v1 | b <- v1 | load 2',
      '65010: *loadError down',
    ]);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 2, misses: 1, loadErrors: 1 });
  });

  it('counts a load that nobody was given as an error, and not as a miss', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    const missed: boolean[] = [];
    scene.cache.on('loadError', (event) => missed.push(event.missed));
    scene.source.next({ fails: down });
    scene.call('a', rules);
    await scene.until(95_000);
    scene.source.next({ fails: down });
    scene.call('b', rules);
    await scene.until(96_000);
    expect(missed).toEqual([false, true]);
  });

  it('holds where only a slow tier has the value, and where a slow tier is all there is', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(61_000);
    scene.node('a').front.clear();
    scene.source.next({ fails: down });
    scene.call('a', rules);
    expect(await scene.upTo(62_000)).toEqual([
      '61000: load 2',
      '61010: a <- v1 | a*loadError down | a*stale shared',
    ]);
  });

  it('takes the value that is stale for the shortest time, whichever tier has it', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill({ staleIfError: '1h' });
    scene.call('b', { staleIfError: '1h' });
    await scene.until(61_000);
    scene.call('a', { staleIfError: '1h' });
    await scene.until(122_000);
    scene.trace.take();
    scene.source.next({ fails: down });
    scene.call('b', { staleIfError: '1h' });
    expect(await scene.upTo(123_000)).toEqual([
      '122000: load 3',
      '122010: b <- v2 | b*loadError down | b*stale shared',
    ]);
  });

  it('hands nobody the error of another process: each asks for itself, once the lease is free', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(60_000);
    scene.trace.take();
    scene.source.next({ takes: 100, fails: down }, { takes: 100 });
    scene.call('a', rules);
    scene.call('b', rules);
    expect(await scene.upTo(60_300)).toEqual([
      '60000: load 2',
      '60100: a <- v1 | a*loadError down | a*stale memory | load 3',
      '60200: b <- v3 | b*miss',
    ]);
  });

  it.each([
    [999, '64999: *loadError down | *stale memory | a <- v1'],
    [1000, '65000: *loadError down | *miss | a x down'],
  ])(
    'serves no longer than the value is kept, whatever its reader allows: after %i ms',
    async (takes, line) => {
      const scene = new Process();
      await scene.fill({ staleIfError: '5s' });
      await scene.until(64_000);
      scene.source.next({ takes, fails: down });
      scene.call('a', { staleIfError: '1h' });
      expect(await scene.upTo(66_000)).toEqual(['64000: load 2', line]);
    },
  );

  it('is no reason to serve a value that was deleted', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(61_000);
    await scene.cache.delete('k');
    scene.source.next({ fails: down });
    scene.call('a', rules);
    expect(await scene.upTo(62_000)).toEqual(['61000: load 2', '61010: *loadError down | *miss | a x down']);
  });

  it('is no reason to serve a value whose tag was invalidated', async () => {
    const scene = new Process();
    const tagged = { ...rules, tags: ['t'] };
    await scene.fill(tagged);
    await scene.until(61_000);
    await scene.cache.invalidateTags(['t']);
    scene.source.next({ fails: down });
    scene.call('a', tagged);
    expect(await scene.upTo(62_000)).toEqual(['61000: load 2', '61010: *loadError down | *miss | a x down']);
  });
});

describe('an explicit refresh', () => {
  it('keeps nobody from the fresh value that is there, where the only tier is behind a network', async () => {
    const clock = manualClock();
    const scene = new Process({ backend: sharedMemory({ clock }).connect({ clock }) }, clock);
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(1000);
    scene.source.next({ takes: 500, fails: down });
    scene.trace.outcome('refresh', find.refresh());
    await scene.until(1100);
    scene.trace.outcome('a', find());
    expect((await scene.upTo(2000)).slice(2)).toEqual([
      '1000: load 2',
      '1100: *hit shared | a <- v1',
      '1500: *loadError down | *miss | refresh x down',
    ]);
  });

  it('that fails rejects with the error itself, and what was there is kept', async () => {
    const scene = new Process(rules);
    let fails = false;
    const find = scene.cache.cached(() => (fails ? Promise.reject(down) : Promise.resolve('v1')), {
      id: 'find',
      ttl: '60s',
    });
    await find();
    fails = true;
    expect(await find.refresh().catch((error: unknown) => error)).toBe(down);
    expect(await find.peek()).toBe('v1');
    await scene.until(70_000);
    expect(await find.refresh().catch((error: unknown) => error)).toBe(down);
    expect(await find()).toBe('v1');
    expect(scene.cache.stats()).toMatchObject({ loads: 3, loadErrors: 2, staleHits: 1 });
  });

  it('is never given a stale value, though the loads of others are paused or slow', async () => {
    const scene = new Process({ ...rules, softTimeout: 50, staleWhileRevalidate: '20s' });
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(70_000);
    scene.source.next({ fails: down }, { takes: 5000 });
    scene.trace.outcome('a', find());
    await scene.until(70_100);
    scene.trace.outcome('refresh', find.refresh());
    await scene.until(70_200);
    scene.trace.outcome('b', find());
    await scene.until(76_000);
    scene.trace.outcome('c', find());
    expect((await scene.upTo(76_000)).slice(2)).toEqual([
      '70000: *stale memory | a <- v1 | load 2',
      '70010: *loadError down',
      '70100: load 3',
      '70200: *stale memory | b <- v1',
      '75100: *miss | refresh <- v3',
      '76000: *hit memory | c <- v3',
    ]);
  });

  it('that fails gives those who joined it the stale value that they may have', async () => {
    const scene = new Process(rules);
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(70_000);
    scene.source.next({ takes: 100, fails: down });
    scene.trace.outcome('refresh', find.refresh());
    scene.trace.outcome('a', find());
    expect((await scene.upTo(71_000)).slice(2)).toEqual([
      '70000: load 2',
      '70100: *loadError down | *miss | *stale memory | a <- v1 | refresh x down',
    ]);
  });
});
