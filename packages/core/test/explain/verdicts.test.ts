import type { GetOrSetOptions } from '@keepsake/core';
import { Fleet, gate, type Node, unhandledRejections } from '../cache/fleet.js';
import { foretold } from './foretold.js';

const RULES = { ttl: '1m', staleWhileRevalidate: '10s', staleIfError: '1m' } as const;

describe('an explanation says what a call then does', () => {
  let fleet: Fleet;
  let node: Node;
  let rejections: ReturnType<typeof unhandledRejections>;

  beforeEach(() => {
    rejections = unhandledRejections();
    fleet = new Fleet();
    node = fleet.node();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  const foresee = (options: GetOrSetOptions<unknown>) => foretold(fleet, node, 'k', options);
  /** The value is there since `age`. */
  const stored = async (
    age: `${number}s`,
    options: Pick<GetOrSetOptions<unknown>, 'staleIfError'> = RULES,
  ) => {
    await node.cache.set('k', 'v', { ...RULES, ...options });
    await fleet.clock.advance(age);
  };

  it('load: of a key that nobody cached', async () => {
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({
      key: 'k',
      storedKey: 'keepsake:k',
      verdict: 'load',
      tiers: [
        { name: 'memory', state: 'absent', breaker: undefined },
        { name: 'shared', state: 'absent', breaker: 'closed' },
      ],
      flight: undefined,
      backoff: undefined,
    });
    await end();
  });

  it('hit: of a fresh value', async () => {
    await stored('20s');
    const { explanation } = await foresee(RULES);
    const fresh = { state: 'fresh', age: 20_000, freshFor: 40_000, goneIn: 100_000 };
    expect(explanation).toMatchObject({ verdict: 'hit', tier: 'memory', tiers: [fresh, fresh] });
    expect(explanation.tiers[0]?.reason).toBe('fresh for another 40 s');
  });

  it('hit: of a value that is fresh for ever', async () => {
    await node.cache.set('k', 'v');
    const { explanation } = await foresee({ ttl: 'forever' });
    expect(explanation.tiers[0]).toMatchObject({
      state: 'fresh',
      freshFor: Number.POSITIVE_INFINITY,
      goneIn: Number.POSITIVE_INFINITY,
      reason: 'fresh for ever',
    });
  });

  it('hit: of a value that only the shared tier has', async () => {
    await stored('20s');
    node.front.clear();
    const { explanation } = await foresee(RULES);
    expect(explanation).toMatchObject({ tier: 'shared', tiers: [{ state: 'absent' }, { state: 'fresh' }] });
  });

  it('hit, and a reload: of a value that is due for its early refresh', async () => {
    await stored('20s');
    expect((await foresee({ ...RULES, earlyRefresh: 0.5 })).explanation.reloads).toBe(false);
    await fleet.clock.advance('20s');
    const due = await foresee({ ...RULES, earlyRefresh: 0.5 });
    expect(due.explanation).toMatchObject({ verdict: 'hit', reloads: true });
    expect((await foresee({ ...RULES, earlyRefresh: 0.5 })).explanation.reloads).toBe(false);
    await due.end();
  });

  it('stale, and a reload: within staleWhileRevalidate', async () => {
    await stored('63s');
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({
      verdict: 'stale',
      tier: 'memory',
      reloads: true,
      fallback: undefined,
    });
    expect(explanation.tiers[0]).toMatchObject({
      state: 'stale',
      age: 63_000,
      freshFor: -3000,
      goneIn: 57_000,
      reason:
        'stale for 3 s, staleWhileRevalidate allows it for another 7 s, staleIfError allows it for another 57 s',
    });
    await end();
  });

  it('stale, and a reload: of a value that only the shared tier has', async () => {
    await stored('63s');
    node.front.clear();
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({ verdict: 'stale', tier: 'shared', reloads: true });
    await end();
  });

  it('load, with a stale value to fall back on: within staleIfError', async () => {
    await stored('75s');
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({ verdict: 'load', tier: undefined, fallback: 'memory' });
    expect(explanation.tiers[0]?.reason).toBe(
      'stale for 15 s, staleWhileRevalidate allowed it for 10 s, staleIfError allows it for another 45 s',
    );
    await end();
  });

  it.each([
    [{ ttl: '1m' }, 'stale for 15 s, no stale rule allows it'],
    [{ ttl: '1m', staleIfError: '5s' }, 'stale for 15 s, staleIfError allowed it for 5 s'],
  ] as const)('load: beyond the stale rules of %j', async (rules, reason) => {
    await stored('75s');
    const { explanation, end } = await foresee(rules);
    expect(explanation).toMatchObject({
      verdict: 'load',
      fallback: undefined,
      tiers: [{ state: 'stale', reason }, {}],
    });
    await end();
  });

  it('load: of a value that has expired', async () => {
    await stored('120s');
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({ verdict: 'load', tiers: [{ state: 'absent' }, { state: 'absent' }] });
    await end();
  });

  it('load: of a value that was marked stale', async () => {
    await stored('20s');
    await node.cache.markStale('k');
    await fleet.clock.advance('2s');
    const { explanation, end } = await foresee({ ttl: '1m', staleIfError: '1h' });
    expect(explanation).toMatchObject({ verdict: 'load', fallback: 'memory' });
    // It is kept no longer than it would have been.
    expect(explanation.tiers[0]?.reason).toBe('stale for 2 s, staleIfError allows it for another 1.6 min');
    await end();
  });

  it('load: of a value whose tag was invalidated', async () => {
    await node.cache.set('k', 'v', { ttl: '1m', tags: ['team:7', 'user:42'] });
    await node.cache.invalidateTags(['team:7']);
    const { explanation, end } = await foresee(RULES);
    const invalid = {
      state: 'invalid',
      age: 0,
      freshFor: 60_000,
      reason: "tag 'team:7' was invalidated",
      tags: [
        { tag: 'the whole cache', valid: true, implicit: true },
        { tag: 'team:7', valid: false, implicit: false },
        { tag: 'user:42', valid: true, implicit: false },
      ],
    };
    expect(explanation).toMatchObject({ verdict: 'load', tiers: [invalid, invalid] });
    await end();
  });

  it('join: of a load that is running, with its waiters', async () => {
    const first = await foresee(RULES);
    await fleet.clock.advance('1200ms');
    const second = await foresee(RULES);
    expect(second.explanation).toMatchObject({
      verdict: 'join',
      flight: { startedAt: fleet.clock.now() - 1200, runningFor: 1200, waiting: 1, background: false },
    });
    const third = await foresee(RULES);
    expect(third.explanation.flight).toMatchObject({ waiting: 2 });
    await first.end();
    expect((await foresee(RULES)).explanation).toMatchObject({ verdict: 'hit', flight: undefined });
  });

  it('stale: while a reload is running in the background', async () => {
    await stored('63s');
    const { end } = await foresee(RULES);
    const { explanation } = await foresee(RULES);
    expect(explanation).toMatchObject({
      verdict: 'stale',
      reloads: false,
      flight: { waiting: 0, background: true },
    });
    await end();
  });

  it('join, or stale once the load has been slow for softTimeout', async () => {
    await stored('75s');
    const options = { ...RULES, softTimeout: '5s' } as const;
    const { end } = await foresee(options);
    await fleet.clock.advance('4s');
    expect((await foresee(options)).explanation).toMatchObject({ verdict: 'join', fallback: 'memory' });
    await fleet.clock.advance('1s');
    expect((await foresee(options)).explanation).toMatchObject({ verdict: 'stale', tier: 'memory' });
    await end();
  });

  it('load: where the load that is running has taken longer than the call would wait', async () => {
    const first = await foresee({ ttl: '1m' });
    await fleet.clock.advance('20s');
    const patient = { ttl: '1m', hardTimeout: '21s' } as const;
    expect((await node.cache.explain('k', patient)).verdict).toBe('join');
    const after = await foresee({ ttl: '1m', hardTimeout: '15s' });
    expect(after.explanation).toMatchObject({ verdict: 'load', flight: { runningFor: 20_000 } });
    await first.end();
    await after.end();
  });

  it('load: of a load that no call joins any more', async () => {
    const { end } = await foresee(RULES);
    await fleet.clock.advance('30s');
    await node.cache.delete('k');
    const after = await foresee(RULES);
    expect(after.explanation).toMatchObject({ verdict: 'load', flight: undefined });
    await Promise.all([end(), after.end()]);
  });

  const failing = { ...RULES, retryAfter: '5s' } as const;
  const failed = async (options: GetOrSetOptions<unknown>) => {
    await node.cache
      .getOrSet('k', () => Promise.reject(new TypeError('no such user')), options)
      .catch(() => undefined);
    await fleet.clock.advance(0);
  };

  it.each(['memory', 'shared'])('stale: from %s, while the source that failed is spared', async (tier) => {
    await stored('75s');
    await failed(failing);
    if (tier === 'shared') node.front.clear();
    const { explanation } = await foresee(failing);
    expect(explanation).toMatchObject({
      verdict: 'stale',
      tier,
      reloads: false,
      backoff: {
        kind: 'pause',
        until: fleet.clock.now() + 5000,
        error: { name: 'TypeError', message: 'no such user' },
      },
    });
    await fleet.clock.advance('5s');
    const after = await foresee(failing);
    expect(after.explanation).toMatchObject({ verdict: 'load', backoff: undefined });
    await after.end();
  });

  it('load: while the source is spared, for a call that may not have the stale value', async () => {
    await stored('75s');
    await failed(failing);
    const { explanation, end } = await foresee({ ttl: '1m' });
    expect(explanation).toMatchObject({ verdict: 'load', backoff: { kind: 'pause' } });
    await end();
  });

  it('stale, and no reload: within staleWhileRevalidate, while the source is spared', async () => {
    await stored('63s');
    await (await foresee(failing)).end(new TypeError('no such user'));
    const { explanation } = await foresee(failing);
    expect(explanation).toMatchObject({ verdict: 'stale', reloads: false, backoff: { kind: 'pause' } });
  });

  it('hit, and no reload: of a value that is due for its early refresh, while the source is spared', async () => {
    const early = { ...failing, earlyRefresh: 0.5 } as const;
    await stored('40s');
    await (await foresee(early)).end(new TypeError('no such user'));
    const { explanation } = await foresee(early);
    expect(explanation).toMatchObject({ verdict: 'hit', reloads: false, backoff: { kind: 'pause' } });
  });

  it('hit: of the value that an early refresh is about to replace, though it is gone from the front', async () => {
    const early = { ttl: '1m', earlyRefresh: 0.5 } as const;
    await stored('40s');
    const { end } = await foresee(early);
    node.front.clear();
    const { explanation } = await foresee(early);
    expect(explanation).toMatchObject({
      verdict: 'hit',
      flight: { background: true },
      tiers: [{ state: 'absent' }, {}],
    });
    await end();
  });

  it('stale: of the value that was stale last, where tiers differ', async () => {
    await stored('65s');
    const there = node.front.get('keepsake:k');
    if (there) node.front.set('keepsake:k', { ...there, staleAt: there.staleAt - 20_000 });
    const { explanation, end } = await foresee(RULES);
    expect(explanation).toMatchObject({
      verdict: 'stale',
      tier: 'shared',
      tiers: [{ freshFor: -25_000 }, { freshFor: -5000 }],
    });
    await end();
  });

  it('stale: while the load that is running has not found the stale value yet', async () => {
    await stored('63s');
    node.front.clear();
    node.wire.controls.delay(100);
    const first = node.cache.getOrSet('k', () => 'new', RULES);
    const explaining = node.cache.explain('k', RULES);
    const second = node.cache.getOrSet('k', () => 'new', RULES);
    await fleet.clock.advance(100);
    expect(await explaining).toMatchObject({ verdict: 'stale', tier: 'shared', flight: { waiting: 1 } });
    await fleet.clock.advance('1s');
    expect(await Promise.all([first, second])).toEqual(['v', 'v']);
  });

  it('rethrow: of an error that is remembered, until the key is deleted', async () => {
    const remembering = { ...RULES, cacheErrors: () => '30s' as const } as const;
    await failed(remembering);
    await fleet.clock.advance('10s');
    const { explanation } = await foresee(remembering);
    expect(explanation).toMatchObject({
      verdict: 'rethrow',
      backoff: { kind: 'rethrow', until: fleet.clock.now() + 20_000, error: { name: 'TypeError' } },
    });
    await node.cache.delete('k');
    const { end } = await foresee(remembering);
    await end();
  });

  it('hit: of a fresh value in front, whatever is remembered', async () => {
    const remembering = { ...RULES, cacheErrors: () => '30s' as const } as const;
    await failed(remembering);
    const now = fleet.clock.now();
    node.front.set('keepsake:k', { value: 'v', createdAt: now, staleAt: now + 5000, expiresAt: now + 5000 });
    const { explanation } = await foresee(remembering);
    expect(explanation).toMatchObject({ verdict: 'hit', tier: 'memory', backoff: { kind: 'rethrow' } });
  });

  it('hit: of a fresh value in front, whatever is being loaded', async () => {
    const slow = gate<string>();
    const find = node.cache.cached(() => slow.promise, { id: 'find', ttl: '1m' });
    await node.cache.set(find.keyOf(), 'v', RULES);
    const refreshed = find.refresh();
    expect(await find.explain()).toMatchObject({ verdict: 'hit', tier: 'memory', flight: { waiting: 1 } });
    expect(await find()).toBe('v');
    slow.open('new');
    expect(await refreshed).toBe('new');
  });

  it('goes by the rules of the cache where the call has none', async () => {
    node = fleet.node({ ...RULES, earlyRefresh: 'probabilistic' });
    await stored('63s');
    const { explanation, end } = await foresee({});
    expect(explanation).toMatchObject({
      verdict: 'stale',
      rules: {
        ttl: 60_000,
        staleWhileRevalidate: 10_000,
        staleIfError: 60_000,
        earlyRefresh: 'probabilistic',
        hardTimeout: Number.POSITIVE_INFINITY,
      },
    });
    await end();
  });
});
