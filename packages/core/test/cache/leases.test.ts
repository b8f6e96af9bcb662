import { Fleet, gate, recorded, within } from './fleet.js';

const HOUR = { ttl: '1h' } as const;

describe('a fleet over a shared tier', () => {
  it('loads once for four processes with 250 callers each', async () => {
    const fleet = new Fleet();
    const nodes = Array.from({ length: 4 }, () => fleet.node());
    for (const { wire } of nodes) wire.controls.delay(3);
    const load = jest.fn(async () => {
      await new Promise<void>((resolve) => fleet.clock.after(200, resolve));
      return 'v';
    });
    const calls = nodes.flatMap(({ cache }) =>
      Array.from({ length: 250 }, () => cache.getOrSet('k', load, HOUR)),
    );
    const values = await within(fleet.clock, 1000, Promise.all(calls));
    expect(load).toHaveBeenCalledTimes(1);
    expect(new Set(values)).toEqual(new Set(['v']));
    for (const { front } of nodes) expect(front.get('keepsake:k')).toMatchObject({ value: 'v' });
  });

  it('wakes those who wait for a load elsewhere as soon as it is stored', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = gate<string>();
    const loading = a.cache.getOrSet('k', () => source.promise, HOUR);
    const load = jest.fn(() => 'never');
    const waiting = b.cache.getOrSet('k', load, HOUR);
    // Far into the longest look, so that a timer is not what wakes it.
    await fleet.clock.advance(1005);
    source.open('v');
    expect(await within(fleet.clock, 0, waiting)).toBe('v');
    expect(await loading).toBe('v');
    expect(load).not.toHaveBeenCalled();
  });

  it('looks again within 100 ms where no bus wakes it', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    const source = gate<string>();
    void a.cache.getOrSet('k', () => source.promise, HOUR);
    const waiting = b.cache.getOrSet('k', () => 'never', HOUR);
    await fleet.clock.advance(1005);
    source.open('v');
    expect(await within(fleet.clock, 100, waiting)).toBe('v');
  });

  it('takes over from a holder that died, once its lease has run out', async () => {
    const fleet = new Fleet();
    const dead = fleet.server.connect();
    expect(await dead.acquire?.('keepsake:k', 'token of the dead', 5000)).toEqual({ granted: true });
    const { cache, wire } = fleet.node();
    const load = jest.fn(() => 'taken over');
    const call = cache.getOrSet('k', load, HOUR);
    await fleet.clock.advance(4999);
    expect(load).not.toHaveBeenCalled();
    expect(await within(fleet.clock, 150, call)).toBe('taken over');
    await fleet.clock.advance(0);
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'taken over' });
    const late = { value: 'late', createdAt: 0, staleAt: Infinity, expiresAt: Infinity };
    expect(await dead.fill?.('keepsake:k', late, 'token of the dead')).toBe(false);
  });

  it('lets the next one load at once when the load fails', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await expect(a.cache.getOrSet('k', () => Promise.reject(new Error('x')), HOUR)).rejects.toThrow('x');
    expect(
      await within(
        fleet.clock,
        0,
        b.cache.getOrSet('k', () => 'v', HOUR),
      ),
    ).toBe('v');
  });

  it('lets the next one load at once when the value is not to be stored', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    expect(await a.cache.getOrSet('k', () => 'no', { ...HOUR, when: () => false })).toBe('no');
    await fleet.clock.advance(0);
    expect(
      await within(
        fleet.clock,
        0,
        b.cache.getOrSet('k', () => 'v', HOUR),
      ),
    ).toBe('v');
  });

  it('waits for a load elsewhere for 60 s at most, then loads for itself, and the other one may still store', async () => {
    const fleet = new Fleet();
    const [a, b, c] = [fleet.node(), fleet.node(), fleet.node()];
    const source = gate<string>();
    const slow = a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    const load = jest.fn(() => 'own');
    const waiting = b.cache.getOrSet('k', load, HOUR);
    await fleet.clock.advance(59_900);
    expect(load).not.toHaveBeenCalled();
    expect(await within(fleet.clock, 250, waiting)).toBe('own');
    await fleet.clock.advance(0);
    expect(b.front.get('keepsake:k')).toMatchObject({ value: 'own' });
    expect(await a.wire.get('keepsake:k')).toBeUndefined();
    await fleet.clock.advance('3m');
    const stream = recorded(a.cache);
    source.open('slow');
    expect(await slow).toBe('slow');
    await fleet.clock.advance(0);
    expect(stream.map(([type]) => type)).toEqual(['miss', 'load']);
    expect(await c.cache.get('k')).toBe('slow');
  });

  it('keeps the lease of a load that takes minutes, so that what it loads is stored', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const source = gate<string>();
    const call = cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance('7m');
    source.open('v');
    expect(await call).toBe('v');
    await fleet.clock.advance(0);
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'v' });
    const renewed = wire.controls.calls.renew;
    await fleet.clock.advance('1m');
    expect(wire.controls.calls.renew).toBe(renewed);
  });

  it('replaces a load that hangs in this process after 60 s, although its lease is still held', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    void cache.getOrSet('k', () => new Promise(() => undefined), HOUR);
    await fleet.clock.advance('60s');
    expect(
      await within(
        fleet.clock,
        250,
        cache.getOrSet('k', () => 'second', HOUR),
      ),
    ).toBe('second');
    await fleet.clock.advance(0);
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'second' });
  });

  it.each<[string, (node: ReturnType<Fleet['node']>) => Promise<unknown>]>([
    ['deleted', ({ cache }) => cache.delete('k')],
    ['set', ({ cache }) => cache.set('k', 'set')],
    ['invalidated by tag', ({ cache }) => cache.invalidateTags(['t'])],
    ['cleared', ({ cache }) => cache.clear()],
    ['deleted by pattern', ({ cache }) => cache.deletePattern('*')],
  ])(
    'never stores what was loaded before another process had it %s, with a bus or without',
    async (how, invalidate) => {
      for (const bus of [undefined, false] as const) {
        const fleet = new Fleet();
        const [a, b] = [fleet.node(bus === false ? { bus } : {}), fleet.node(bus === false ? { bus } : {})];
        const source = gate<string>();
        const call = a.cache.getOrSet('k', () => source.promise, { ...HOUR, tags: ['t'] });
        await fleet.clock.advance(0);
        await invalidate(b);
        source.open('old');
        expect(await call).toBe('old');
        await fleet.clock.advance(50);
        const expected = how === 'set' ? 'set' : 'fresh';
        for (const { cache } of [b, a]) {
          expect(await cache.getOrSet('k', () => 'fresh', { ...HOUR, tags: ['t'] })).toBe(expected);
        }
      }
    },
  );

  it('stops renewing a lease that was lost', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    void a.cache.getOrSet('k', () => new Promise(() => undefined), HOUR);
    await fleet.clock.advance('10s');
    await b.cache.delete('k');
    await fleet.clock.advance('5s');
    const renewed = a.wire.controls.calls.renew;
    await fleet.clock.advance('10m');
    expect(a.wire.controls.calls.renew).toBe(renewed);
  });

  it('answers callers before a slow fill has settled, and joins them meanwhile', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.delay(200, 'fill');
    const load = jest.fn(() => 'v');
    expect(await within(fleet.clock, 0, cache.getOrSet('k', load, HOUR))).toBe('v');
    expect(await wire.get('keepsake:k')).toBeUndefined();
    expect(await within(fleet.clock, 0, cache.getOrSet('k', load, HOUR))).toBe('v');
    await fleet.clock.advance(200);
    expect(await wire.get('keepsake:k')).toMatchObject({ value: 'v' });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('counts one miss of a tier for one call, however long it waits', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = gate<string>();
    void a.cache.getOrSet('k', () => source.promise, HOUR);
    const waiting = b.cache.getOrSet('k', () => 'never', HOUR);
    await fleet.clock.advance('10s');
    source.open('v');
    await within(fleet.clock, 0, waiting);
    expect(b.cache.stats().tiers).toMatchObject([
      { hits: 0, misses: 1 },
      { hits: 1, misses: 1 },
    ]);
  });

  it.each(['get', 'delete', 'acquire', 'fill', 'setIf'] as const)(
    'lets nobody take away what somebody else just set under a condition, though `%s` is slow',
    async (operation) => {
      const fleet = new Fleet();
      const [a, b] = [fleet.node(), fleet.node()];
      await a.cache.set('k', 'void', { tags: ['t'] });
      await a.cache.invalidateTags(['t']);
      b.wire.controls.delay(50, operation);
      const late = b.cache.set('k', 'b', { if: 'absent' });
      await fleet.clock.advance(10);
      const early = a.cache.set('k', 'a', { if: 'absent' });
      const won = await within(fleet.clock, 1000, Promise.all([early, late]));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await a.cache.get('k')).toBe(won[0] ? 'a' : 'b');
    },
  );

  it('reads a counter as it is, though nobody is told when somebody adds to it', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    for (let i = 1; i <= 3; i++) {
      await a.cache.increment('hits');
      expect(await b.cache.increment('hits', 0)).toBe(i);
    }
  });

  it('lets one process of many win a conditional set, also over an entry that its tag made void', async () => {
    const fleet = new Fleet();
    const nodes = Array.from({ length: 3 }, () => fleet.node());
    for (const [i, { wire }] of nodes.entries()) wire.controls.delay(3 + i);
    const [first] = nodes;
    await within(fleet.clock, 100, first?.cache.set('k', 'void', { tags: ['t'] }) ?? Promise.resolve(false));
    await within(fleet.clock, 100, first?.cache.invalidateTags(['t']) ?? Promise.resolve());
    const sets = Promise.all(nodes.map(({ cache }, i) => cache.set('k', i, { if: 'absent' })));
    const won = await within(fleet.clock, 1000, sets);
    expect(won.filter(Boolean)).toHaveLength(1);
    for (const { cache } of nodes) {
      expect(await within(fleet.clock, 100, cache.get('k'))).toBe(won.indexOf(true));
    }
  });
});
