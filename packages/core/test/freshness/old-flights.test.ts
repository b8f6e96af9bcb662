import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

const never = { takes: Number.POSITIVE_INFINITY } as const;
const down = new Error('down');

describe('a load that is older than 60 s', () => {
  it('is not joined any more', async () => {
    const scene = new Process();
    scene.source.next(never);
    scene.call('a');
    await scene.until(60_000);
    scene.call('b');
    expect(await scene.upTo(61_000)).toEqual([
      '0: load 1',
      '60000: load 2',
      '60010: *miss | *miss | a <- v2 | b <- v2 | load 1 aborted',
    ]);
  });

  it('is joined until then', async () => {
    const scene = new Process();
    scene.source.next({ takes: 60_000 });
    scene.call('a');
    await scene.until(59_999);
    scene.call('b');
    expect(await scene.upTo(61_000)).toEqual([
      '0: load 1',
      '59999: *coalesced',
      '60000: *miss | a <- v1 | b <- v1',
    ]);
  });

  it('is loaded anew for those who joined it, once for all of them', async () => {
    const scene = new Process();
    scene.source.next(never);
    scene.call('a');
    scene.call('b');
    await scene.until(30_000);
    scene.call('c');
    await scene.until(60_005);
    scene.call('d');
    expect(await scene.upTo(61_000)).toEqual([
      '0: *coalesced | load 1',
      '30000: *coalesced',
      '60000: load 2',
      '60005: *coalesced',
      '60010: *miss | a <- v2 | b <- v2 | c <- v2 | d <- v2 | load 1 aborted',
    ]);
    expect(scene.cache.stats()).toMatchObject({ misses: 1, coalesced: 3, loads: 1 });
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('gives its value after all to those who load anew if it is faster, and is stored', async () => {
    const scene = new Process();
    scene.source.next({ takes: 65_000 }, { takes: 20_000 });
    scene.call('a');
    scene.call('b');
    expect(await scene.upTo(90_000)).toEqual([
      '0: *coalesced | load 1',
      '60000: load 2',
      '65000: *miss | a <- v1 | b <- v1 | load 2 aborted',
      '80000: *fenced',
    ]);
    expect(await scene.cache.get('k')).toBe('v1');
  });

  it('keeps its error from those who load anew', async () => {
    const scene = new Process();
    scene.source.next({ takes: 65_000, fails: down }, { takes: 20_000 });
    scene.call('a');
    scene.call('b');
    expect(await scene.upTo(90_000)).toEqual([
      '0: *coalesced | load 1',
      '60000: load 2',
      '65000: *loadError down | *miss | a x down',
      '80000: b <- v2',
    ]);
  });

  it('hands the error of the newer one to those who load anew', async () => {
    const scene = new Process();
    scene.source.next(never, { fails: down });
    scene.call('a');
    scene.call('b');
    scene.call('c');
    expect((await scene.upTo(61_000)).slice(-2)).toEqual([
      '60000: load 2',
      '60010: *loadError down | b x down | c x down',
    ]);
  });

  it('is tried five times in a row, then those who joined are told', async () => {
    const scene = new Process();
    scene.source.next(never, never, never, never, never);
    scene.call('a');
    scene.call('b');
    await scene.until(100_000);
    scene.call('c');
    expect(await scene.upTo(310_000)).toEqual([
      '0: *coalesced | load 1',
      '60000: load 2',
      '100000: *coalesced',
      '120000: load 3',
      '180000: load 4',
      '240000: load 5',
      '300000: b x CacheTimeoutError | c x CacheTimeoutError',
    ]);
  });

  it('says so by key, with what to do', async () => {
    const scene = new Process();
    scene.source.next(never, never, never, never, never);
    scene.call('a');
    const joined = scene.cache
      .getOrSet('k', scene.source.load, { ttl: '60s' })
      .catch((error: unknown) => error);
    await scene.until(300_000);
    expect(await joined).toMatchObject({
      name: 'CacheTimeoutError',
      code: 'CACHE_TIMEOUT',
      key: 'k',
      message: expect.stringMatching(
        /^'k': 5 loads in a row took longer than 60 s each\. .*`hardTimeout`.*`detectRecursion`/,
      ),
    });
  });

  it('counts the loads of those who moved on to the load of somebody else', async () => {
    const scene = new Process();
    scene.source.next(never, never, never, never, never, never);
    scene.call('a');
    scene.call('b');
    // They come in the instant in which the one before is too old, and start one each time.
    for (const at of [60_000, 120_000, 180_000, 240_000, 300_000]) {
      scene.clock.after(at - scene.trace.now, () => scene.call(`at ${at}`));
    }
    expect((await scene.upTo(310_000)).at(-1)).toMatch(/^300000: .*\bb x CacheTimeoutError/);
  });

  it('begins anew after that for whoever comes next', async () => {
    const scene = new Process();
    scene.source.next(never, never, never, never, never);
    scene.call('a');
    scene.call('b');
    await scene.until(300_000);
    scene.call('c');
    expect((await scene.upTo(301_000)).slice(-2)).toEqual([
      '300000: b x CacheTimeoutError | load 1 aborted | load 6',
      expect.stringMatching(/^300010: \*miss .*c <- v6/),
    ]);
  });

  it('is not loaded anew for those who have gone by then', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next(never);
    scene.call('a');
    scene.call('timed out', { hardTimeout: '5s' });
    await scene.until(6000);
    scene.source.next(never);
    scene.call('b');
    scene.call('aborted', { signal: controller.signal });
    await scene.until(7000);
    controller.abort(new Error('gone'));
    expect(await scene.upTo(200_000)).toEqual([
      '0: load 1',
      '5000: timed out x CacheTimeoutError',
      '6000: load 2',
      '7000: aborted x gone',
    ]);
  });

  it('serves the stale value to those of them who may have it, in place of the error', async () => {
    const scene = new Process();
    const rules = { staleIfError: '1h' } as const;
    await scene.fill(rules);
    await scene.until(100_000);
    scene.source.next(never, { fails: down });
    scene.call('a', rules);
    scene.call('b', rules);
    expect(await scene.upTo(161_000)).toEqual([
      '100000: load 2',
      '160000: load 3',
      '160010: *loadError down | *stale memory | b <- v1',
    ]);
  });

  it('keeps the stale value back where the error of the newer load is an answer', async () => {
    const scene = new Process();
    const rules = { staleIfError: '1h', cacheErrors: (): '1m' => '1m' } as const;
    await scene.fill(rules);
    await scene.until(100_000);
    scene.source.next(never, { fails: down });
    scene.call('a', rules);
    scene.call('b', rules);
    expect((await scene.upTo(161_000)).at(-1)).toBe('160010: *coalesced | *loadError down | b x down');
  });

  it('is aborted when the one who started it goes, though those who joined have moved on', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next(never, { takes: 30_000 });
    scene.call('a', { signal: controller.signal });
    scene.call('b');
    await scene.until(65_000);
    controller.abort(new Error('gone'));
    expect((await scene.upTo(100_000)).slice(1)).toEqual([
      '60000: load 2',
      '65000: a x gone | load 1 aborted',
      '90000: b <- v2',
    ]);
  });

  it('gives what it returns after it was told to stop to none of those who moved on: it may be a part', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next({ takes: 70_000 }, { takes: 30_000 });
    scene.call('a', { signal: controller.signal });
    scene.call('b');
    await scene.until(65_000);
    controller.abort(new Error('gone'));
    expect((await scene.upTo(100_000)).slice(2)).toEqual([
      '65000: a x gone | load 1 aborted',
      '70000: *fenced',
      '90000: b <- v2',
    ]);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it.each([
    ['ends the refresh that they moved on to when it is faster and nobody else waits for that', true],
    ['leaves the refresh that they moved on to when it is faster to whoever else waits for that', false],
  ])('%s', async (_what, leaves) => {
    const scene = new Process();
    let signal: AbortSignal | undefined;
    const find = scene.cache.cached(
      (given: AbortSignal) => {
        signal = given;
        return scene.source.load();
      },
      { id: 'find', ttl: '1h' },
    );
    scene.source.next({ takes: 70_000 }, { takes: 30_000 });
    const patient = new AbortController().signal;
    const controller = new AbortController();
    scene.trace.outcome('a', find(patient));
    scene.trace.outcome('b', find(patient));
    await scene.until(59_000);
    scene.trace.outcome('refresh', find.refresh(controller.signal));
    await scene.until(65_000);
    if (leaves) controller.abort(new Error('gone'));
    expect((await scene.upTo(75_000)).at(-1)).toBe('70000: *coalesced | *fenced | *miss | a <- v1 | b <- v1');
    expect(signal?.aborted).toBe(leaves);
  });

  it('lets those who moved on twice leave the newest load', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next(never, never, { takes: 50_000, heeds: true });
    scene.call('a');
    scene.call('b', { signal: controller.signal });
    await scene.until(125_000);
    controller.abort(new Error('gone'));
    expect((await scene.upTo(200_000)).slice(1)).toEqual([
      '60000: load 2',
      '120000: load 3',
      '125000: *loadError gone | b x gone | load 3 aborted',
    ]);
  });

  it('is not joined any more once one of those who moved on gives up the newest load', async () => {
    const scene = new Process();
    scene.source.next(never, never, never);
    scene.call('a');
    scene.call('b');
    scene.call('c', { hardTimeout: '130s' });
    await scene.until(131_000);
    scene.call('d');
    expect((await scene.upTo(131_001)).slice(-2)).toEqual([
      '130000: c x CacheTimeoutError',
      '131000: load 4',
    ]);
  });

  it('lets those who moved on leave the newer load, which is aborted when nobody waits for it', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next(never, { takes: 30_000, heeds: true });
    scene.call('a');
    scene.call('b', { signal: controller.signal });
    scene.call('c', { hardTimeout: '70s' });
    await scene.until(65_000);
    controller.abort(new Error('gone'));
    expect(await scene.upTo(100_000)).toEqual([
      '0: load 1',
      '60000: load 2',
      '65000: b x gone',
      '70000: *loadError CacheTimeoutError | c x CacheTimeoutError | load 2 aborted',
    ]);
  });

  it('is not ended for those who moved on by the signal of somebody else', async () => {
    const scene = new Process();
    const controller = new AbortController();
    scene.source.next(never, { takes: 30_000, heeds: true });
    scene.call('a');
    scene.call('b');
    await scene.until(59_999);
    scene.clock.after(1, () => scene.call('c', { signal: controller.signal }));
    await scene.until(70_000);
    controller.abort(new Error('gone'));
    expect((await scene.upTo(100_000)).slice(-2)).toEqual([
      '70000: c x gone',
      '90000: *miss | a <- v2 | b <- v2 | load 1 aborted',
    ]);
  });

  it('that was never to settle blocks nobody', async () => {
    const scene = new Process();
    scene.source.next(never);
    scene.call('a');
    await scene.until(61_000);
    for (let i = 0; i < 3; i++) scene.call('b');
    await scene.until(130_000);
    scene.call('c');
    expect(await scene.upTo(140_000)).toEqual([
      '0: load 1',
      '61000: *coalesced | *coalesced | load 2',
      '61010: *miss | *miss | a <- v2 | b <- v2 | b <- v2 | b <- v2 | load 1 aborted',
      '130000: load 3',
      '130010: *miss | c <- v3',
    ]);
  });
});

describe('over a shared tier with leases, a load that is older than 60 s', () => {
  it('is loaded anew for those who joined it, under its lease, and stored for all', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next(never);
    scene.call('a starts');
    scene.call('a joins');
    await scene.until(61_000);
    scene.call('b');
    expect(await scene.upTo(62_000)).toEqual([
      '0: a*coalesced | load 1',
      '60000: load 2',
      '60010: a joins <- v2 | a starts <- v2 | a*miss | load 1 aborted',
      '61000: b <- v2 | b*hit shared',
    ]);
  });

  it('keeps another process waiting no longer than 60 s, its joiners too, and it stores what it loads', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next(never);
    scene.call('a');
    await scene.until(1000);
    scene.call('b starts');
    scene.call('b joins');
    await scene.until(61_500);
    const lines = scene.trace.take();
    expect(lines.slice(0, 2)).toEqual(['0: load 1', '1000: b*coalesced']);
    expect(lines.slice(2).join()).toContain('b joins <- v2');
    expect(lines.slice(2).join()).toContain('b starts <- v2');
    scene.call('b again');
    expect(await scene.upTo(61_600)).toEqual(['61500: b again <- v2 | b*hit memory']);
  });

  it('is joined while the value of the newer one is being stored', async () => {
    const scene = new Processes(['a']);
    scene.node('a').wire.controls.delay(200, 'fill');
    scene.source.next(never);
    scene.call('a starts');
    scene.call('a joins');
    await scene.until(60_100);
    scene.call('a later');
    expect((await scene.upTo(61_000)).at(-1)).toBe('60100: a later <- v2 | a*coalesced');
    expect(scene.source.begun).toBe(2);
  });

  it('is loaded anew also where it had to wait for another process first', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next(never, never);
    scene.call('a');
    await scene.until(1000);
    scene.call('b starts');
    scene.call('b joins');
    await scene.until(120_000);
    expect(scene.source.begun).toBe(2);
    // Once more it waits for the other process first.
    await scene.until(183_000);
    expect(scene.trace.take().at(-1)).toMatch(
      /: b joins <- v3 \| b starts <- v3 \| b\*miss \| load 2 aborted$/,
    );
  });
});

describe('a source that always needs longer than 60 s', () => {
  const asked = async (
    scene: Process,
    options: Parameters<Process['call']>[1],
    last: number,
  ): Promise<void> => {
    for (let at = scene.trace.now; at <= last; at += 10_000) {
      await scene.until(at);
      scene.call('a', options);
    }
    await scene.until(last + 300_000);
  };

  it.each([90_000, 150_000, 240_000])(
    'is cached all the same, and nobody gets an error: %s ms',
    async (takes) => {
      const scene = new Process();
      scene.source.next(...Array.from({ length: 100 }, () => ({ takes })));
      await asked(scene, { ttl: '1h' }, 600_000);
      expect(scene.trace.take().join('\n')).not.toContain('CacheTimeoutError');
      expect(await scene.cache.get('k')).toBe('v1');
      // One more each minute until the first is done, and none after that.
      expect(scene.source.begun).toBe(Math.ceil(takes / 60_000));
    },
  );

  it('is loaded once where a hardTimeout says that it may', async () => {
    const scene = new Process();
    scene.source.next(...Array.from({ length: 100 }, () => ({ takes: 240_000 })));
    await asked(scene, { ttl: '1h', hardTimeout: '10m' }, 600_000);
    expect(scene.trace.take().join('\n')).not.toContain('CacheTimeoutError');
    expect(scene.source.begun).toBe(1);
  });

  it('is reloaded in the background', async () => {
    const scene = new Process();
    const rules = { staleWhileRevalidate: '1d' } as const;
    await scene.fill(rules);
    await scene.until(70_000);
    scene.source.next({ takes: 150_000 }, { takes: 150_000 }, { takes: 150_000 });
    for (let at = 70_000; at <= 219_000; at += 10_000) {
      await scene.until(at);
      scene.call('a', rules);
    }
    await scene.until(221_000);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('gives the value of the first that answers also to callers whose load was given up', async () => {
    const scene = new Process();
    scene.source.next(...Array.from({ length: 6 }, () => ({ takes: Number.POSITIVE_INFINITY })));
    for (let minute = 0; minute < 7; minute++) {
      await scene.until(minute * 60_000);
      scene.call(`${minute}`);
    }
    expect((await scene.upTo(361_000)).at(-1)).toMatch(/^360010: .*0 <- v7 \| 1 <- v7 \| .*6 <- v7/);
    expect(scene.cache.stats()).toMatchObject({ misses: 7, coalesced: 0 });
  });

  it('leaves its lease to others when all loads that are still wanted have failed', async () => {
    const scene = new Processes(['a', 'b']);
    const failing = { takes: 400_000, fails: down };
    scene.source.next({ takes: Number.POSITIVE_INFINITY }, failing, failing, failing, failing, failing);
    for (let minute = 0; minute < 6; minute++) {
      await scene.until(minute * 60_000);
      scene.call(`a${minute}`);
    }
    await scene.until(700_001);
    scene.trace.take();
    scene.call('b');
    expect(await scene.upTo(700_100)).toEqual(['700001: load 7', '700011: b <- v7 | b*miss']);
  });

  it('takes no more than five loads at a time of a process where it never answers', async () => {
    const scene = new Process();
    scene.source.next(...Array.from({ length: 100 }, () => ({ takes: Number.POSITIVE_INFINITY })));
    for (let minute = 0; minute < 8; minute++) {
      await scene.until(minute * 60_000);
      scene.call(`${minute}`);
    }
    expect((await scene.upTo(421_000)).filter((line) => line.includes('aborted'))).toEqual([
      '300000: load 1 aborted | load 6',
      '360000: load 2 aborted | load 7',
      '420000: load 3 aborted | load 8',
    ]);
  });
});
