import { CacheTimeoutError } from '@keepsake/core';
import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

const limit = { hardTimeout: 100 } as const;
const stale = { ...limit, staleIfError: '30s' } as const;

describe('hardTimeout', () => {
  it('rejects a caller that has waited that long, and says for which key and what comes next', async () => {
    const scene = new Process();
    const users = scene.cache.namespace('users');
    const call = users.getOrSet('42', () => new Promise<string>(() => undefined), { ttl: '60s', ...limit });
    const caught = call.catch((error: unknown) => error);
    scene.trace.outcome('call', call);
    expect(await scene.upTo(99)).toEqual([]);
    await scene.until(100);
    const error = await caught;
    expect(error).toBeInstanceOf(CacheTimeoutError);
    expect(error).toMatchObject({
      code: 'CACHE_TIMEOUT',
      key: '42',
      message: "'42': its load took longer than its hardTimeout of 100 ms. The next call loads anew.",
    });
  });

  it('gives it the stale value where it may have one, and only then', async () => {
    const scene = new Process();
    await scene.fill(stale);
    await scene.until(60_000);
    const course = { takes: 500, deaf: true };
    scene.source.next(course, course, course);
    scene.call('a', stale);
    await scene.until(89_900);
    scene.call('too late', stale);
    await scene.until(91_000);
    scene.call('no rule', limit);
    expect(await scene.upTo(92_000)).toEqual([
      '60000: load 2',
      '60100: *stale memory | a <- v1',
      '89900: *hit memory | too late <- v2',
      '91000: *hit memory | no rule <- v2',
    ]);
  });

  it('gives it nothing whose time is over by then', async () => {
    const scene = new Process();
    await scene.fill(stale);
    await scene.until(89_900);
    scene.source.next({ takes: 500 });
    scene.call('a', stale);
    expect(await scene.upTo(91_000)).toEqual([
      '89900: load 2',
      '90000: a x CacheTimeoutError | load 2 aborted',
      '90400: *fenced',
    ]);
  });

  it('leaves the value to those who come in time', async () => {
    const scene = new Process();
    scene.source.next({ takes: 99 });
    scene.call('a', limit);
    expect(await scene.upTo(1000)).toEqual(['0: load 1', '99: *miss | a <- v1']);
  });

  it('counts from the start of the flight', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500 });
    scene.call('a', { hardTimeout: 300 });
    await scene.until(200);
    scene.call('b', { hardTimeout: 300 });
    expect(await scene.upTo(1000)).toEqual([
      '0: load 1',
      '300: a x CacheTimeoutError | b x CacheTimeoutError | load 1 aborted',
      '500: *fenced',
    ]);
  });

  it('makes the next call load anew, and what the late load brings is dropped then', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500 }, { takes: 50 });
    scene.call('a', limit);
    await scene.until(200);
    scene.call('b', limit);
    await scene.until(300);
    scene.call('c', limit);
    expect(await scene.upTo(1000)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError | load 1 aborted',
      '200: load 2',
      '250: *miss | b <- v2',
      '300: *hit memory | c <- v2',
      '500: *fenced',
    ]);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('drops what the late load brings while the newer one is still running', async () => {
    const scene = new Process();
    scene.source.next({ takes: 250 }, { takes: 90 });
    scene.call('a', limit);
    await scene.until(200);
    scene.call('b', limit);
    await scene.until(260);
    expect(await scene.cache.get('k')).toBeUndefined();
    await scene.until(290);
    expect(await scene.cache.get('k')).toBe('v2');
  });

  it('stores what the late load brings, if it never looked whether it was to stop', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500, deaf: true });
    scene.call('a', limit);
    await scene.until(600);
    scene.call('b', limit);
    expect(await scene.upTo(600)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError',
      '600: *hit memory | b <- v1',
    ]);
  });

  it('does not store what a load returns that was told to stop: it may be a part', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500 });
    scene.call('a', limit);
    await scene.until(600);
    scene.call('b', limit);
    expect(await scene.upTo(700)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError | load 1 aborted',
      '500: *fenced',
      '600: load 2',
      '610: *miss | b <- v2',
    ]);
  });

  it('takes the late value where it comes before that of the next load, which is ended', async () => {
    const scene = new Process();
    scene.source.next({ takes: 150, deaf: true }, { takes: 90 });
    scene.call('a', limit);
    await scene.until(120);
    scene.call('b', limit);
    expect(await scene.upTo(1000)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError',
      '120: load 2',
      '150: *miss | b <- v1 | load 2 aborted',
      '210: *fenced',
    ]);
    expect(await scene.cache.get('k')).toBe('v1');
  });

  it('drops what the late load brings where the key was deleted', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500 });
    scene.call('a', limit);
    await scene.until(200);
    await scene.cache.delete('k');
    await scene.until(600);
    expect(await scene.cache.get('k')).toBeUndefined();
  });

  it('makes nothing of a late load that fails', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500, fails: new Error('down') });
    scene.call('a', limit);
    await scene.until(600);
    scene.call('b', limit);
    expect(await scene.upTo(700)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError | load 1 aborted',
      '500: *loadError down',
      '600: load 2',
      '610: *miss | b <- v2',
    ]);
  });

  it('does not spare the source because its load was aborted', async () => {
    const scene = new Process();
    await scene.fill(stale);
    await scene.until(60_000);
    scene.source.next({ takes: 500, heeds: true });
    scene.call('a', stale);
    await scene.until(60_101);
    scene.call('b', stale);
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60100: *loadError CacheTimeoutError | *stale memory | a <- v1 | load 2 aborted',
      '60101: load 3',
      '60111: *miss | b <- v3',
    ]);
  });

  it('aborts the load when the last who waits for it goes, not before', async () => {
    const scene = new Process();
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('a', { hardTimeout: 100 });
    scene.call('b', { hardTimeout: 200 });
    scene.call('c', { hardTimeout: 300 });
    expect(await scene.upTo(1000)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError',
      '200: b x CacheTimeoutError',
      '300: *loadError CacheTimeoutError | c x CacheTimeoutError | load 1 aborted',
    ]);
  });

  it('leaves the load to callers without a limit', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500, heeds: true });
    scene.call('a', limit);
    scene.call('patient');
    await scene.until(200);
    scene.call('b', limit);
    expect(await scene.upTo(1000)).toEqual([
      '0: *coalesced | load 1',
      '100: a x CacheTimeoutError',
      '200: load 2',
      '210: *loadError CacheTimeoutError | *miss | b <- v2 | load 1 aborted | patient <- v2',
    ]);
  });

  it('bounds an explicit refresh, which gets no stale value', async () => {
    const scene = new Process(stale);
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(70_000);
    scene.source.next({ takes: 500 });
    scene.trace.outcome('refresh', find.refresh());
    expect((await scene.upTo(71_000)).slice(2)).toEqual([
      '70000: load 2',
      '70100: refresh x CacheTimeoutError',
    ]);
    expect(await find.peek()).toBe('v2');
  });

  it('does not bound a reload in the background, which nobody waits for', async () => {
    const scene = new Process();
    const rules = { ...limit, staleWhileRevalidate: '30s' } as const;
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 500 });
    for (const at of [60_000, 60_200, 60_600]) {
      await scene.until(at);
      scene.call('a', rules);
    }
    expect(await scene.upTo(61_000)).toEqual([
      '60000: *stale memory | a <- v1 | load 2',
      '60200: *stale memory | a <- v1',
      '60600: *hit memory | a <- v2',
    ]);
  });

  it('lets a caller load anew rather than reject it at once for a load that began too long ago', async () => {
    const scene = new Process();
    const rules = { ...limit, staleWhileRevalidate: '10s' } as const;
    await scene.fill(rules);
    await scene.until(69_000);
    scene.source.next({ takes: Number.POSITIVE_INFINITY });
    scene.call('a', rules);
    await scene.until(70_000);
    scene.call('b', rules);
    scene.call('c', rules);
    expect(await scene.upTo(71_000)).toEqual([
      '69000: *stale memory | a <- v1 | load 2',
      '70000: load 3',
      '70010: *coalesced | *miss | b <- v3 | c <- v3 | load 2 aborted',
    ]);
  });

  it('serves the stale value at once where the load began too long ago', async () => {
    const scene = new Process();
    await scene.fill(stale);
    await scene.until(60_000);
    scene.source.next({ takes: 500 });
    scene.call('patient');
    await scene.until(60_200);
    scene.call('a', stale);
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60200: *stale memory | a <- v1',
      '60500: *miss | patient <- v2',
    ]);
  });

  it('does not end the load of a caller whom softTimeout has served', async () => {
    const scene = new Process();
    const both = { ...stale, softTimeout: 50 } as const;
    await scene.fill(both);
    await scene.until(60_000);
    scene.source.next({ takes: 500, heeds: true });
    for (const at of [60_000, 60_120, 60_200, 60_300]) {
      await scene.until(at);
      scene.call('a', both);
    }
    await scene.until(60_600);
    scene.call('b', both);
    expect(await scene.upTo(60_600)).toEqual([
      '60000: load 2',
      '60050: *stale memory | a <- v1',
      '60120: *stale memory | a <- v1',
      '60200: *stale memory | a <- v1',
      '60300: *stale memory | a <- v1',
      '60600: *hit memory | b <- v2',
    ]);
  });

  it('counts no call twice, and those it rejects not at all', async () => {
    const scene = new Process();
    await scene.fill(stale);
    await scene.until(60_000);
    scene.source.next({ takes: 500 });
    for (let i = 0; i < 3; i++) scene.call('served', stale);
    for (let i = 0; i < 2; i++) scene.call('rejected', limit);
    scene.call('joined');
    await scene.until(61_000);
    expect(scene.cache.stats()).toMatchObject({ misses: 1, staleHits: 3, coalesced: 1, hits: 0, loads: 2 });
  });
});

describe('hardTimeout over a shared tier', () => {
  it('counts the slow tiers', async () => {
    const scene = new Processes(['a']);
    await scene.fill(stale);
    await scene.until(60_000);
    scene.node('a').wire.controls.hang();
    scene.call('a', stale);
    scene.call('a', limit);
    expect(await scene.upTo(60_100)).toEqual(['60100: a <- v1 | a x CacheTimeoutError | a*stale memory']);
    scene.node('a').wire.controls.resume();
  });

  it('counts the wait for a load of another process', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next({ takes: 600 });
    scene.call('a');
    await scene.until(50);
    scene.call('b', limit);
    await scene.until(400);
    scene.call('b', limit);
    await scene.until(700);
    scene.call('b', limit);
    expect(await scene.upTo(700)).toEqual([
      '0: load 1',
      '150: b x CacheTimeoutError',
      '500: b x CacheTimeoutError',
      '600: a <- v1 | a*miss',
      '700: b <- v1 | b*hit shared',
    ]);
    expect(scene.source.begun).toBe(1);
  });

  it('hands the lease of the load that was given up to the next one of its process', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next({ takes: Number.POSITIVE_INFINITY }, { takes: 90 });
    scene.call('a', limit);
    await scene.until(200);
    scene.call('a', limit);
    scene.call('b');
    expect(await scene.upTo(1000)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError | load 1 aborted',
      '200: load 2',
      '290: a <- v2 | a*miss | b <- v2 | b*hit shared',
    ]);
    expect(await scene.node('b').wire.get('keepsake:k')).toMatchObject({ value: 'v2' });
  });

  it('hands it over also where the answer to the first request was still on its way', async () => {
    const scene = new Processes(['a']);
    const { wire } = scene.node('a');
    wire.controls.delay(80, 'acquire');
    wire.controls.delay(100, 'release');
    scene.call('a', { hardTimeout: 20 });
    await scene.until(50);
    scene.source.next({ takes: 100 });
    scene.call('a');
    expect((await scene.upTo(1000)).at(-1)).toBe('230: a <- v1 | a*miss');
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'v1' });
  });

  it.each([
    ['brings a value', {}],
    ['fails', { fails: new Error('down') }],
  ])('leaves the newer load its lease when the late one %s', async (_how, end) => {
    const scene = new Processes(['a']);
    scene.source.next({ takes: 250, ...end }, { takes: 90 });
    scene.call('a', limit);
    await scene.until(200);
    scene.call('a', limit);
    await scene.until(300);
    expect(await scene.node('a').wire.get('keepsake:k')).toMatchObject({ value: 'v2' });
  });

  it('leaves the lease to other processes a while after nobody waits any more', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next({ takes: Number.POSITIVE_INFINITY });
    scene.call('a', limit);
    await scene.until(1000);
    scene.call('b');
    expect(await scene.upTo(10_000)).toHaveLength(4);
    expect(scene.source.begun).toBe(2);
  });

  it('stores what the late load brings for the whole fleet, while its lease lasts', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next({ takes: 3000, deaf: true });
    scene.call('a', limit);
    await scene.until(4000);
    scene.call('b');
    expect(await scene.upTo(4000)).toEqual([
      '0: load 1',
      '100: a x CacheTimeoutError',
      '4000: b <- v1 | b*hit shared',
    ]);
  });
});
