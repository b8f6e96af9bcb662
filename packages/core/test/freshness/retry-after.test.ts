import { tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock, sharedMemory } from '@keepsake/testing';
import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

/** The key of the scenes is fresh until 60 s, and may be served in place of an error until 160 s. */
const rules = { staleIfError: '100s', retryAfter: '5s' } as const;
const down = new Error('down');

/** A scene whose load failed at 60 100 ms. */
async function failed<S extends Process | Processes>(scene: S, options: object = rules): Promise<S> {
  await scene.fill(options);
  await scene.until(60_000);
  scene.source.next({ takes: 100, fails: down });
  scene.call('a', options);
  await scene.upTo(60_100);
  return scene;
}

describe('retryAfter', () => {
  it('spares the source that long from the failure on, and then it is asked once', async () => {
    const scene = await failed(new Process());
    for (const at of [60_100, 62_000, 65_099]) {
      await scene.until(at);
      scene.call('a', rules);
    }
    await scene.until(65_100);
    scene.call('b', rules);
    scene.call('c', rules);
    expect(await scene.upTo(66_000)).toEqual([
      '60100: *stale memory | a <- v1',
      '62000: *stale memory | a <- v1',
      '65099: *stale memory | a <- v1',
      '65100: load 3',
      '65110: *coalesced | *miss | b <- v3 | c <- v3',
    ]);
  });

  it('begins again with every failure', async () => {
    const scene = await failed(new Process());
    await scene.until(65_100);
    scene.source.next({ fails: down });
    scene.call('a', rules);
    await scene.until(70_109);
    scene.call('b', rules);
    await scene.until(70_110);
    scene.call('c', rules);
    expect(await scene.upTo(70_110)).toEqual([
      '65100: load 3',
      '65110: *loadError down | *stale memory | a <- v1',
      '70109: *stale memory | b <- v1',
      '70110: load 4',
    ]);
  });

  it('is one second where nothing is said', async () => {
    const scene = await failed(new Process(), { staleIfError: '100s' });
    await scene.until(61_099);
    scene.call('a', { staleIfError: '100s' });
    await scene.until(61_100);
    scene.call('b', { staleIfError: '100s' });
    expect(await scene.upTo(61_100)).toEqual(['61099: *stale memory | a <- v1', '61100: load 3']);
  });

  it('holds after a reload in the background that failed', async () => {
    const scene = new Process();
    const both = { staleWhileRevalidate: '100s', retryAfter: '5s' } as const;
    await scene.fill(both);
    await scene.until(60_000);
    scene.source.next({ takes: 100, fails: down });
    for (const at of [60_000, 60_050, 60_100, 65_099, 65_100]) {
      await scene.until(at);
      scene.call('a', both);
    }
    expect(await scene.upTo(65_100)).toEqual([
      '60000: *stale memory | a <- v1 | load 2',
      '60050: *stale memory | a <- v1',
      '60100: *loadError down | *stale memory | a <- v1',
      '65099: *stale memory | a <- v1',
      '65100: *stale memory | a <- v1 | load 3',
    ]);
  });

  it('holds after an explicit refresh that failed', async () => {
    const scene = new Process(rules);
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(60_500);
    scene.source.next({ fails: down });
    scene.trace.outcome('refresh', find.refresh());
    await scene.until(61_000);
    scene.trace.outcome('a', find());
    expect((await scene.upTo(61_000)).slice(-1)).toEqual(['61000: *stale memory | a <- v1']);
  });

  it('does not hold up a refresh that its user asks for meanwhile, and ends when that goes well', async () => {
    const scene = new Process(rules);
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(60_500);
    scene.source.next({ fails: down });
    scene.trace.outcome('a', find());
    await scene.until(61_000);
    scene.trace.outcome('refresh', find.refresh());
    await scene.until(61_500);
    scene.trace.outcome('b', find());
    expect((await scene.upTo(62_000)).slice(-3)).toEqual([
      '61000: load 3',
      '61010: *miss | refresh <- v3',
      '61500: *hit memory | b <- v3',
    ]);
  });

  it('loads for a caller to whom no stale value may be served', async () => {
    const scene = await failed(new Process());
    await scene.until(61_000);
    scene.call('no rules');
    expect(await scene.upTo(62_000)).toEqual(['61000: load 3', '61010: *miss | no rules <- v3']);
    scene.call('a', rules);
    expect(await scene.upTo(62_000)).toEqual(['62000: *hit memory | a <- v3']);
  });

  it('loads when the time of the stale value is over', async () => {
    const scene = new Process();
    const long = { staleIfError: '10s', retryAfter: '1h' } as const;
    await scene.fill(long);
    await scene.until(69_000);
    scene.source.next({ fails: down }, { fails: down });
    scene.call('a', long);
    await scene.until(69_999);
    scene.call('b', long);
    await scene.until(70_000);
    scene.call('c', long);
    await scene.until(71_000);
    scene.call('d', long);
    expect(await scene.upTo(72_000)).toEqual([
      '69000: load 2',
      '69010: *loadError down | *stale memory | a <- v1',
      '69999: *stale memory | b <- v1',
      '70000: load 3',
      '70010: *loadError down | *miss | c x down',
      '71000: load 4',
      '71010: *miss | d <- v4',
    ]);
  });

  it('loads at once where there was no stale value when the load failed', async () => {
    const scene = new Process();
    scene.source.next({ fails: down });
    scene.call('a', rules);
    await scene.until(11);
    scene.call('b', rules);
    expect(await scene.upTo(100)).toEqual([
      '0: load 1',
      '10: *loadError down | *miss | a x down',
      '11: load 2',
      '21: *miss | b <- v2',
    ]);
  });

  it.each<[string, (scene: Process) => Promise<unknown>]>([
    ['a delete', (scene) => scene.cache.delete('k')],
    ['an invalidated tag', (scene) => scene.cache.invalidateTags(['t'])],
    ['a clear', (scene) => scene.cache.clear()],
    ['a pattern', (scene) => scene.cache.deletePattern('*')],
  ])('is ended by %s', async (_how, end) => {
    const tagged = { ...rules, tags: ['t'] };
    const scene = await failed(new Process(), tagged);
    await scene.until(61_000);
    await end(scene);
    scene.call('a', tagged);
    expect(await scene.upTo(62_000)).toEqual(['61000: load 3', '61010: *miss | a <- v3']);
  });

  it('is ended by a set: when that is stale, it is loaded again', async () => {
    const scene = await failed(new Process(), { ...rules, retryAfter: '1h' });
    await scene.cache.set('k', 'set', { ttl: '1s', staleIfError: '1h' });
    await scene.until(62_000);
    scene.call('a', rules);
    expect(await scene.upTo(63_000)).toEqual(['62000: load 3', '62010: *miss | a <- v3']);
  });

  it('is ended by a load that goes well', async () => {
    const scene = new Process({ staleIfError: '1h', retryAfter: '1h' });
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s' });
    scene.trace.outcome('first', find());
    await scene.until(61_000);
    scene.source.next({ fails: down });
    scene.trace.outcome('a', find());
    await scene.until(62_000);
    scene.trace.outcome('refresh', find.refresh());
    await scene.until(130_000);
    scene.trace.outcome('b', find());
    expect((await scene.upTo(131_000)).slice(-2)).toEqual(['130000: load 4', '130010: *miss | b <- v4']);
  });
});

describe('retryAfter in a fleet', () => {
  it('holds on a node whose front lost the copy, and brings the copy back', async () => {
    const scene = await failed(new Processes(['a']));
    const { front, wire } = scene.node('a');
    front.clear();
    await scene.until(61_000);
    for (let i = 0; i < 3; i++) scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual([
      '61000: a <- v1 | a <- v1 | a <- v1 | a*stale shared | a*stale shared | a*stale shared',
    ]);
    expect(front.get('keepsake:k')).toMatchObject({ value: 'v1' });
    const { get } = wire.controls.calls;
    scene.call('a', rules);
    expect(await scene.upTo(61_000)).toEqual(['61000: a <- v1 | a*stale memory']);
    expect(wire.controls.calls.get).toBe(get);
  });

  it('brings no copy back that was deleted while its answer was on the way', async () => {
    const clock = manualClock();
    const front = memory({ clock });
    let isSlow = false;
    const answered = <T>(operation: string, _key: string | undefined, work: () => T): T | Promise<T> => {
      const answer = work();
      if (!isSlow || operation !== 'get') return answer;
      return new Promise((resolve) => clock.after(50, () => resolve(answer)));
    };
    const back = sharedMemory({ clock }).connect({ clock, travel: answered });
    const scene = await failed(new Process({ backend: tiered([front, back]) }, clock));
    front.clear();
    await scene.until(61_000);
    isSlow = true;
    scene.call('a', rules);
    await scene.until(61_020);
    expect(await scene.cache.delete('k')).toBe(true);
    expect(await scene.upTo(61_100)).toEqual(['61050: *stale shared | a <- v1']);
    expect(front.get('keepsake:k')).toBeUndefined();
  });

  it('pauses the process whose load failed, not the others', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(60_000);
    scene.trace.take();
    scene.source.next({ fails: down });
    scene.call('a', rules);
    await scene.until(61_000);
    scene.call('b', rules);
    await scene.until(62_000);
    scene.call('a', rules);
    expect(await scene.upTo(62_200)).toEqual([
      '60000: load 2',
      '60010: a <- v1 | a*loadError down | a*stale memory',
      '61000: load 3',
      '61010: b <- v3 | b*miss',
      '62000: a <- v1 | a*stale memory',
    ]);
    // Nobody waited for the other one's value, so that nobody was told of it: the pause is over, and a looks.
    await scene.until(65_010);
    scene.call('a', rules);
    expect(await scene.upTo(65_100)).toEqual(['65010: a <- v3 | a*hit shared']);
  });

  it('is ended by what another process does to the key', async () => {
    const scene = new Processes(['a', 'b']);
    const long = { ...rules, retryAfter: '1h' } as const;
    await scene.fill(long);
    await scene.until(60_000);
    scene.source.next({ fails: down });
    scene.call('a', long);
    await scene.until(61_000);
    await scene.node('b').cache.delete('k');
    scene.trace.take();
    scene.call('a', long);
    expect(await scene.upTo(62_000)).toEqual(['61000: load 3', '61010: a <- v3 | a*miss']);
  });

  it('lets a caller go whose signal is aborted while it looks for the copy', async () => {
    const scene = await failed(new Processes(['a']), { staleIfError: '2s', retryAfter: '1h' });
    const { front, wire } = scene.node('a');
    front.clear();
    wire.controls.delay(100, 'get');
    await scene.until(63_000);
    const controller = new AbortController();
    scene.clock.after(50, () => controller.abort(new Error('gone')));
    scene.call('a', { staleIfError: '2s', retryAfter: '1h', signal: controller.signal });
    expect(await scene.upTo(64_000)).toEqual(['63100: a x gone']);
  });

  it('does not begin because those who waited for another process have left', async () => {
    const scene = new Processes(['a', 'b']);
    await scene.fill(rules);
    scene.call('b', rules);
    await scene.until(60_000);
    scene.trace.take();
    scene.source.next({ takes: 1000 });
    scene.call('a');
    scene.call('b', { ...rules, hardTimeout: 100, staleIfError: 1 });
    await scene.until(60_500);
    scene.call('b', rules);
    expect(await scene.upTo(62_000)).toEqual([
      '60000: load 2',
      '60100: b x CacheTimeoutError',
      '61000: a <- v2 | a*miss | b <- v2 | b*hit shared',
    ]);
  });
});
