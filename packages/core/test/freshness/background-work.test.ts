import { within } from '../cache/fleet.js';
import { nothingGoesUnhandled, Process, Processes } from './scene.js';

nothingGoesUnhandled();

const never = { takes: Number.POSITIVE_INFINITY } as const;
const rules = { staleWhileRevalidate: '30s' } as const;

describe('close', () => {
  it('ends a reload in the background at once where that heeds its signal', async () => {
    const scene = new Process();
    await scene.fill(rules);
    await scene.until(70_000);
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('a', rules);
    await scene.until(70_100);
    await within(scene.clock, 0, scene.cache.close());
    expect(scene.trace.take()).toEqual([
      '70000: *stale memory | a <- v1 | load 2',
      '70100: *loadError CacheClosedError | load 2 aborted',
    ]);
  });

  it.each([
    ['a reload in the background that does not', rules],
    ['a load that its callers did not wait for', { staleIfError: '30s', softTimeout: 50 } as const],
    ['a load that its callers gave up', { hardTimeout: 50 } as const],
  ])('takes 1 s at most over %s', async (_what, options) => {
    const scene = new Process();
    await scene.fill({ staleWhileRevalidate: '30s', staleIfError: '30s' });
    await scene.until(70_000);
    scene.source.next(never);
    scene.call('a', options);
    await scene.until(70_100);
    const closed = scene.cache.close().then(() => scene.trace.note('closed'));
    await scene.until(72_000);
    await closed;
    expect(scene.trace.take().at(-1)).toBe('71100: closed');
  });

  it('waits for a reload that ends in time, and stores what it brings', async () => {
    const scene = new Processes(['a']);
    await scene.fill(rules);
    await scene.until(70_000);
    scene.source.next({ takes: 900, deaf: true });
    scene.call('a', rules);
    await within(scene.clock, 900, scene.node('a').cache.close());
    expect(await scene.fleet.server.connect().get('keepsake:k')).toMatchObject({ value: 'v2' });
  });

  it('lets callers wait for 1 s, and then aborts what they wait for', async () => {
    const scene = new Process();
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('a');
    scene.call('b', { hardTimeout: '3s' });
    await scene.until(100);
    const closed = scene.cache.close().then(() => scene.trace.note('closed'));
    await scene.until(2000);
    await closed;
    expect(scene.trace.take()).toEqual([
      '0: load 1',
      '1100: *coalesced | *loadError CacheClosedError | *miss | a x CacheClosedError | b x CacheClosedError | closed | load 1 aborted',
    ]);
  });

  it('aborts then also what is waited for though another load has taken its place', async () => {
    const scene = new Process();
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('patient');
    scene.call('hasty', { hardTimeout: 100 });
    await scene.until(200);
    scene.source.next({ takes: 5000, heeds: true });
    scene.call('b');
    await scene.until(300);
    await within(scene.clock, 1000, scene.cache.close());
    expect(scene.trace.take().at(-1)).toBe(
      '1300: *loadError CacheClosedError | *loadError CacheClosedError | *miss | *miss | b x CacheClosedError | load 1 aborted | load 2 aborted | patient x CacheClosedError',
    );
  });

  it('answers those who wait for a load that ends in time', async () => {
    const scene = new Process();
    scene.source.next({ takes: 500, heeds: true });
    scene.call('a');
    await within(scene.clock, 1000, scene.cache.close());
    expect(scene.trace.take()).toEqual(['0: load 1', '500: *miss | a <- v1']);
  });

  it('begins no load after that: not for those who wait for another process', async () => {
    const scene = new Processes(['a', 'b']);
    scene.source.next(never);
    scene.call('a');
    await scene.until(100);
    scene.call('b');
    await within(scene.clock, 1000, scene.node('b').cache.close());
    await scene.until(1200);
    expect(scene.trace.take().at(-1)).toMatch(/ b x CacheClosedError$/);
    expect(await scene.upTo(200_000)).toEqual([]);
  });

  it('begins no load after that: not for those who joined one that hangs', async () => {
    const scene = new Process();
    scene.source.next(never);
    scene.call('a');
    scene.call('b');
    await within(scene.clock, 1000, scene.cache.close());
    expect(await scene.upTo(200_000)).toEqual([
      '0: *coalesced | load 1',
      '1000: load 1 aborted',
      '60000: b x CacheClosedError',
    ]);
  });

  it('leaves nothing behind that does anything, however things stood', async () => {
    const scene = new Processes(['a']);
    const both = {
      ...rules,
      staleIfError: '1h',
      softTimeout: 50,
      hardTimeout: '10s',
      retryAfter: '1h',
    } as const;
    await scene.fill(both);
    await scene.until(70_000);
    scene.source.next({ takes: 3000, fails: new Error('down') });
    scene.call('a', both);
    scene.node('a').front.clear();
    scene.call('a', both);
    await within(scene.clock, 1000, scene.node('a').cache.close());
    scene.trace.take();
    const { calls } = scene.node('a').wire.controls;
    const before = JSON.stringify(calls);
    await scene.until(200_000);
    // The loader that heeds no signal fails at 73 s; that is told, and no more.
    expect(scene.trace.take()).toEqual(['73000: a*loadError down']);
    expect(scene.source.begun).toBe(2);
    expect(JSON.parse(before)).toEqual({ ...calls, release: calls.release - 1 });
  });
});

describe('work in the background', () => {
  it('that fails is told once and never unhandled, whether anybody listens or not', async () => {
    for (const listens of [true, false]) {
      const scene = new Process();
      const errors: unknown[] = [];
      if (listens) scene.cache.on('loadError', ({ error }) => errors.push(error));
      await scene.fill(rules);
      await scene.until(70_000);
      scene.source.next({ fails: new Error('down') });
      scene.call('a', rules);
      await scene.until(71_000);
      expect(errors).toHaveLength(listens ? 1 : 0);
    }
  });

  it('that cannot even begin is told of, and the stale value is served all the same', async () => {
    const scene = new Process();
    let broken = false;
    const tags = (): readonly string[] => {
      if (broken) throw new Error('tags');
      return [];
    };
    const find = scene.cache.cached(() => scene.source.load(), { id: 'find', ttl: '60s', tags, ...rules });
    scene.trace.outcome('first', find());
    await scene.until(70_000);
    broken = true;
    scene.trace.outcome('a', find());
    expect((await scene.upTo(71_000)).at(-1)).toBe('70000: *loadError tags | *stale memory | a <- v1');
  });

  it('leaves no timer behind once it is done', async () => {
    const scene = new Processes(['a']);
    const both = { ...rules, staleIfError: '1h', softTimeout: '1h', hardTimeout: '1h' } as const;
    await scene.fill(both);
    const idle = scene.clock.pending;
    // A reload, a load for three that goes well, and one that fails.
    await scene.until(70_000);
    scene.call('a', both);
    await scene.until(170_000);
    for (let i = 0; i < 3; i++) scene.call('a', both);
    await scene.until(171_000);
    expect(scene.clock.pending).toBe(idle);
    await scene.until(270_000);
    scene.source.next({ fails: new Error('down') });
    for (let i = 0; i < 3; i++) scene.call('a', both);
    await scene.until(271_000);
    expect(scene.source.begun).toBe(4);
    expect(scene.clock.pending).toBe(idle);
  });
});
