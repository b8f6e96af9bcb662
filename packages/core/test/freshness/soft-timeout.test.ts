import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

/** The key of the scenes is fresh until 60 s, and may be served in place of a slow load until 90 s. */
const rules = { staleIfError: '30s', softTimeout: 100 } as const;
const down = new Error('down');

describe('softTimeout', () => {
  it('serves the stale value when the load has taken that long; the load goes on and is stored', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 500 });
    scene.call('a', rules);
    await scene.until(61_000);
    scene.call('b', rules);
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60100: *stale memory | a <- v1',
      '61000: *hit memory | b <- v2',
    ]);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 1, hits: 1, misses: 1, coalesced: 0, loads: 2 });
  });

  it('counts from the start of the flight: whoever comes later waits less, or not at all', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 500 });
    for (const [at, name] of [
      [60_000, 'a'],
      [60_099, 'b'],
      [60_100, 'c'],
      [60_300, 'd'],
    ] as const) {
      await scene.until(at);
      scene.call(name, rules);
    }
    expect(await scene.upTo(61_000)).toEqual([
      '60000: load 2',
      '60100: *stale memory | *stale memory | *stale memory | a <- v1 | b <- v1 | c <- v1',
      '60300: *stale memory | d <- v1',
    ]);
  });

  it('gives the loaded value to whoever is still waiting when it comes', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 99 });
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual(['60000: load 2', '60099: *miss | a <- v2']);
  });

  it('lets a caller wait who has no stale value, or none whose time is not over', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500 }, { takes: 500 }, { takes: 500 });
    scene.call('nothing there', rules);
    await scene.until(90_500);
    scene.call('too old', rules);
    await scene.until(160_000);
    scene.call('no staleIfError', { softTimeout: 100 });
    expect(await scene.upTo(161_000)).toEqual([
      '0: load 1',
      '500: *miss | nothing there <- v1',
      '90500: load 2',
      '91000: *miss | too old <- v2',
      '160000: load 3',
      '160500: *miss | no staleIfError <- v3',
    ]);
  });

  it('serves nothing whose time ends before it has passed', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(89_900);
    scene.source.next({ takes: 500 });
    scene.call('a', rules);
    expect(await scene.upTo(91_000)).toEqual(['89900: load 2', '90400: *miss | a <- v2']);
  });

  it('makes one event of a load that fails after its callers were served, and then its source is spared', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 500, fails: down });
    scene.call('a', rules);
    await scene.until(61_400);
    scene.call('b', rules);
    await scene.until(61_500);
    scene.call('c', rules);
    expect(await scene.upTo(61_510)).toEqual([
      '60000: load 2',
      '60100: *stale memory | a <- v1',
      '60500: *loadError down',
      '61400: *stale memory | b <- v1',
      '61500: load 3',
      '61510: *miss | c <- v3',
    ]);
    expect(scene.cache.stats()).toMatchObject({ staleHits: 2, misses: 2, loadErrors: 1 });
  });

  it('does not abort the load, though nobody waits for it', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(60_000);
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('a', rules);
    const controller = new AbortController();
    scene.call('b', { ...rules, softTimeout: '1h', signal: controller.signal });
    await scene.until(61_000);
    controller.abort(new Error('gone'));
    await scene.until(66_000);
    expect(await scene.cache.get('k')).toBe('v2');
    expect(scene.trace.take()).toEqual([
      '60000: load 2',
      '60100: *stale memory | a <- v1',
      '61000: b x gone',
      '66000: *hit memory',
    ]);
  });

  it('holds when the back tier, not the loader, is slow: what is in front is served', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(60_000);
    scene.node('a').wire.controls.delay(200, 'acquire');
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual(['60100: a <- v1 | a*stale memory', '60400: load 2']);
    expect(scene.node('a').front.get('keepsake:k')).toMatchObject({ value: 'v2' });
  });

  it('holds so for one who joins the load of a caller without stale rules', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(60_000);
    scene.node('a').wire.controls.delay(200, 'acquire');
    scene.call('a plain');
    await scene.until(60_050);
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual([
      '60100: a <- v1 | a*stale memory',
      '60400: load 2',
      '60410: a plain <- v2 | a*miss',
    ]);
  });

  it('serves what a slow tier turns out to have, at once if the time is over by then', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(60_000);
    scene.node('a').front.clear();
    scene.node('a').wire.controls.delay(150, 'acquire');
    scene.source.next({ takes: 500 });
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual(['60300: a <- v1 | a*stale shared | load 2']);
  });

  it('serves the better value of a slow tier where the one in front is too old, late as it is', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill({ staleIfError: '1h' });
    scene.call('b', { staleIfError: '1h' });
    await scene.until(61_000);
    scene.call('a', { staleIfError: '1h' });
    await scene.until(130_000);
    scene.trace.take();
    scene.node('b').wire.controls.delay(150, 'acquire');
    scene.source.next({ takes: 500 });
    scene.call('b', rules);
    expect(await scene.upTo(131_000)).toEqual(['130300: b <- v2 | b*stale shared | load 3']);
  });

  it('counts the wait for a load of another process too', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(60_000);
    scene.trace.take();
    scene.source.next({ takes: 500 });
    scene.call('a', { ...rules, softTimeout: '1h' });
    scene.call('b', rules);
    await scene.until(61_000);
    scene.call('b', rules);
    await scene.until(61_200);
    scene.call('b', rules);
    expect(await scene.upTo(61_200)).toEqual([
      '60000: load 2',
      '60100: b <- v1 | b*stale memory',
      '60500: a <- v2 | a*miss',
      '61000: b <- v2 | b*hit shared',
      '61200: b <- v2 | b*hit memory',
    ]);
    expect(scene.source.begun).toBe(2);
  });
});
