import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

const never = { takes: Number.POSITIVE_INFINITY } as const;
const down = new Error('down');
const kept = { staleWhileRevalidate: '30s', staleIfError: '60s' } as const;

describe('callers of one key with different options', () => {
  it('each get what their own say while the load is slow', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next({ takes: 1000 });
    const controller = new AbortController();
    scene.call('plain');
    scene.call('at once', { staleWhileRevalidate: '30s' });
    scene.call('on error', { staleIfError: '60s' });
    scene.call('soft', { staleIfError: '60s', softTimeout: 100 });
    scene.call('signal', { signal: controller.signal });
    scene.call('hard', { hardTimeout: 300 });
    scene.call('hard and stale', { hardTimeout: 400, staleIfError: '60s' });
    await scene.until(70_200);
    controller.abort(new Error('gone'));
    expect(await scene.upTo(72_000)).toEqual([
      '70000: *stale memory | at once <- v1 | load 2',
      '70100: *stale memory | soft <- v1',
      '70200: signal x gone',
      '70300: hard x CacheTimeoutError',
      '70400: *stale memory | hard and stale <- v1',
      '71000: *coalesced | *miss | on error <- v2 | plain <- v2',
    ]);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('each get what their own say when the load fails', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next({ takes: 1000, fails: down });
    scene.call('on error', { staleIfError: '60s' });
    scene.call('plain');
    scene.call('at once only', { staleWhileRevalidate: '5s' });
    scene.call('too late', { staleIfError: '10s' });
    expect(await scene.upTo(72_000)).toEqual([
      '70000: *coalesced | load 2',
      '71000: *coalesced | *coalesced | *loadError down | *stale memory | at once only x down | on error <- v1 | plain x down | too late x down',
    ]);
  });

  it('each get what their own say when a load without stale rules fails first', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next({ takes: 1000, fails: down });
    scene.call('plain');
    scene.call('on error', { staleIfError: '60s' });
    await scene.until(71_500);
    scene.call('on error', { staleIfError: '60s' });
    scene.call('plain');
    expect(await scene.upTo(72_000)).toEqual([
      '70000: load 2',
      '71000: *loadError down | *miss | *stale memory | on error <- v1 | plain x down',
      '71500: *stale memory | load 3 | on error <- v1',
      '71510: *miss | plain <- v3',
    ]);
  });

  it('share one load, whoever starts it', async () => {
    const options = [
      {},
      { staleIfError: '60s' },
      { hardTimeout: '10s' },
      { signal: new AbortController().signal },
      { staleIfError: '60s', softTimeout: '10s' },
    ] as const;
    for (const first of options.keys()) {
      const scene = new Process();
      await scene.fill(kept);
      await scene.until(70_000);
      for (const i of options.keys()) scene.call(`${i}`, options[(first + i) % options.length]);
      expect(await scene.upTo(71_000)).toEqual([
        expect.stringMatching(/^70000: (\*coalesced \| )?load 2$/),
        expect.stringMatching(
          /^70010: (\*coalesced \| ){3,4}\*miss \| 0 <- v2 \| 1 <- v2 \| 2 <- v2 \| 3 <- v2 \| 4 <- v2$/,
        ),
      ]);
      expect(scene.cache.stats()).toMatchObject({ misses: 2, coalesced: 4 });
    }
  });

  it('never give a stale value to one without stale rules', async () => {
    const plain: readonly object[] = [
      {},
      { hardTimeout: 500 },
      { softTimeout: 50 },
      { softTimeout: 50, signal: new AbortController().signal },
      { hardTimeout: 500, softTimeout: 50 },
      { retryAfter: '1h' },
    ];
    for (const options of plain) {
      const scene = new Process();
      await scene.fill(kept);
      await scene.until(70_000);
      scene.source.next({ takes: 100, fails: down }, { takes: 1000 }, { takes: 100, fails: down });
      // A paused source, a slow load, a failing one, and a marked value.
      scene.call('stale', kept);
      scene.call('caller', options);
      await scene.until(70_500);
      scene.call('stale', kept);
      scene.call('caller', options);
      await scene.until(72_000);
      await scene.cache.markStale('k');
      scene.call('caller', options);
      await scene.until(73_000);
      const mine = scene.trace
        .take()
        .join()
        .match(/caller (<- v1|[<x])/g);
      expect([options, mine]).toEqual([options, expect.not.arrayContaining(['caller <- v1'])]);
      expect(mine).toHaveLength(3);
    }
  });

  it('keep one with a short limit from ending the load of the others', async () => {
    const scene = new Process();
    scene.source.next({ takes: 2000, heeds: true });
    scene.call('patient');
    for (const at of [0, 100, 200]) {
      await scene.until(at);
      scene.call('hasty', { hardTimeout: 1000 });
    }
    expect(await scene.upTo(3000)).toEqual([
      '0: load 1',
      '1000: hasty x CacheTimeoutError | hasty x CacheTimeoutError | hasty x CacheTimeoutError',
      '2000: *miss | patient <- v1',
    ]);
    expect(await scene.cache.get('k')).toBe('v1');
  });

  it('let a reload in the background serve whoever has to wait', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next({ takes: 1000 });
    scene.call('at once', kept);
    await scene.until(70_500);
    scene.call('plain');
    scene.call('hasty', { hardTimeout: 600 });
    expect(await scene.upTo(72_000)).toEqual([
      '70000: *stale memory | at once <- v1 | load 2',
      '70500: *coalesced',
      '70600: hasty x CacheTimeoutError',
      '71000: plain <- v2',
    ]);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('do not abort a reload in the background by leaving it', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next({ takes: 1000, heeds: true });
    scene.call('at once', kept);
    const controller = new AbortController();
    scene.call('signal', { signal: controller.signal });
    scene.call('hard', { hardTimeout: 200 });
    await scene.until(70_100);
    controller.abort(new Error('gone'));
    expect(await scene.upTo(72_000)).toEqual([
      '70000: *stale memory | at once <- v1 | load 2',
      '70100: signal x gone',
      '70200: hard x CacheTimeoutError',
    ]);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('load nothing for one whose signal is aborted already', async () => {
    const scene = new Process();
    scene.call('a', { signal: AbortSignal.abort(new Error('gone')) });
    expect(await scene.upTo(100)).toEqual(['0: a x gone']);
  });

  it('do not join a load that all of its callers have left', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next({ takes: 1000 });
    scene.call('a', { signal: controller.signal });
    scene.call('b', { signal: controller.signal });
    await scene.until(100);
    controller.abort(new Error('gone'));
    scene.call('c');
    expect(await scene.upTo(2000)).toEqual([
      '0: load 1',
      '100: a x gone | b x gone | load 1 aborted | load 2',
      '110: *miss | c <- v2',
      '1000: *fenced',
    ]);
  });

  it('keep each other from nothing where the load never ends', async () => {
    const scene = new Process();
    await scene.fill(kept);
    await scene.until(70_000);
    scene.source.next(never);
    scene.call('patient');
    scene.call('soft', { staleIfError: '60s', softTimeout: 100 });
    await scene.until(80_000);
    scene.call('at once', kept);
    scene.call('soft', { staleIfError: '60s', softTimeout: 100 });
    scene.call('hard', { hardTimeout: '5s' });
    expect(await scene.upTo(81_000)).toEqual([
      '70000: load 2',
      '70100: *stale memory | soft <- v1',
      '80000: *stale memory | *stale memory | at once <- v1 | load 3 | soft <- v1',
      '80010: *miss | *miss | hard <- v3 | load 2 aborted | patient <- v3',
    ]);
  });
});

describe('callers of one key in different processes', () => {
  it('are not counted when they left before a slow tier had the value, and those who waited are', async () => {
    const scene = new Processes(['a']);
    await scene.fill({});
    const { cache, front, wire } = scene.node('a');
    front.clear();
    cache.resetStats();
    wire.controls.delay(100, 'acquire');
    const controller = new AbortController();
    scene.call('a left', { signal: controller.signal });
    scene.call('a waited');
    await scene.until(50);
    controller.abort(new Error('gone'));
    expect(await scene.upTo(200)).toEqual(['0: a*coalesced', '50: a left x gone', '100: a waited <- v1']);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, coalesced: 1 });
  });

  it('each get what their own options say', async () => {
    const scene = new Processes(['a', 'b', 'c', 'd']);
    await scene.fill(kept);
    for (const name of ['b', 'c', 'd']) scene.call(name, kept);
    await scene.until(70_000);
    scene.trace.take();
    scene.source.next({ takes: 1000 });
    scene.call('a');
    scene.call('b', kept);
    scene.call('c', { hardTimeout: 300 });
    scene.call('d', { hardTimeout: 400, staleIfError: '60s' });
    expect(await scene.upTo(72_000)).toEqual([
      '70000: b <- v1 | b*stale memory | load 2',
      '70300: c x CacheTimeoutError',
      '70400: d <- v1 | d*stale memory',
      '71000: a <- v2 | a*miss',
    ]);
    expect(scene.source.begun).toBe(2);
  });
});
