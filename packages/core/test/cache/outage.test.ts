import { Fleet, recorded, unhandledRejections, within } from './fleet.js';

const HOUR = { ttl: '1h' } as const;

describe('a shared tier that cannot be reached', () => {
  let rejections: ReturnType<typeof unhandledRejections>;
  beforeEach(() => {
    rejections = unhandledRejections();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  it.each(['down', 'mute'] as const)(
    'costs nothing but hits while it is %s: loads are returned and kept in front',
    async (kind) => {
      const fleet = new Fleet();
      const { cache, front } = fleet.node();
      fleet.server.fault(kind);
      const load = jest.fn(() => 'v');
      expect(await within(fleet.clock, 300, cache.getOrSet('k', load, HOUR))).toBe('v');
      await fleet.clock.advance(0);
      expect(front.get('keepsake:k')).toMatchObject({ value: 'v' });
      expect(await within(fleet.clock, 0, cache.getOrSet('k', load, HOUR))).toBe('v');
      expect(load).toHaveBeenCalledTimes(1);
      expect(cache.stats()).toMatchObject({ owed: 1, tiers: [{ available: true }, { available: false }] });
    },
  );

  it('is owed a delete of what was loaded without it, and gets it when it is back', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await b.cache.set('k', 'old', HOUR);
    fleet.server.fault('down');
    await within(
      fleet.clock,
      0,
      a.cache.getOrSet('k', () => 'new', HOUR),
    );
    const stream = recorded(a.cache);
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    expect(stream).toContainEqual(['replayed', { tier: 'shared', count: 1 }]);
    expect(a.cache.stats().owed).toBe(0);
    expect(b.front.get('keepsake:k')).toBeUndefined();
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it.each(['down', 'mute'] as const)(
    'is owed the deletes that it did not acknowledge while it was %s',
    async (kind) => {
      const fleet = new Fleet();
      const { cache, front } = fleet.node();
      await cache.set('k', 'old', HOUR);
      fleet.server.fault(kind);
      expect(await within(fleet.clock, 0, cache.delete('k'))).toBe(true);
      expect(cache.stats().owed).toBe(1);
      front.clear();
      fleet.server.fault(undefined);
      // Back, but not yet replayed: what it holds under the key is old.
      expect(await cache.get('k')).toBeUndefined();
      expect(await cache.getMany(['k'])).toEqual([undefined]);
      await fleet.clock.advance(500);
      expect(cache.stats()).toMatchObject({ owed: 0, tiers: [{}, { available: true }] });
      expect(fleet.server.size).toBe(0);
    },
  );

  it('is not asked to delete what was set after it came back', async () => {
    const fleet = new Fleet();
    const { cache, front } = fleet.node();
    await cache.set('k', 'old', HOUR);
    fleet.server.fault('down');
    await cache.delete('k');
    fleet.server.fault(undefined);
    await cache.set('k', 'new', HOUR);
    expect(cache.stats().owed).toBe(0);
    await fleet.clock.advance('1m');
    front.clear();
    expect(await cache.get('k')).toBe('new');
  });

  it('is owed the tags, and nothing comes back to life', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', { ...HOUR, tags: ['t'] });
    await b.cache.get('k');
    fleet.server.fault('down');
    await a.cache.invalidateTags(['t']);
    expect(await a.cache.get('k')).toBeUndefined();
    expect(a.cache.stats().owed).toBeGreaterThan(0);
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    expect(a.cache.stats().owed).toBe(0);
    expect(await a.cache.get('k')).toBeUndefined();
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it('answers a hit in front at once, but for one look per second', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node({ bus: false });
    await cache.set('k', 'v', HOUR);
    wire.controls.hang();
    await fleet.clock.advance(100);
    expect(await within(fleet.clock, 250, cache.get('k'))).toBe('v');
    for (let i = 0; i < 5; i++) {
      expect(await within(fleet.clock, 0, cache.get('k'))).toBe('v');
      await fleet.clock.advance(100);
    }
  });

  it('holds up a cold load no longer than one timeout, though it asks for the tags and for the value', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.hang();
    const call = cache.getOrSet('k', () => 'v', { ...HOUR, tags: ['t'] });
    expect(await within(fleet.clock, 260, call)).toBe('v');
    expect(
      await within(
        fleet.clock,
        0,
        cache.getOrSet('k', () => 'never', HOUR),
      ),
    ).toBe('v');
    expect(await within(fleet.clock, 0, cache.getMany(['x', 'y']))).toEqual([undefined, undefined]);
  });

  it('makes a read a miss within its timeout when it hangs, and no longer', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    wire.controls.hang();
    const stream = recorded(cache);
    expect(await within(fleet.clock, 250, cache.get('k'))).toBeUndefined();
    expect(stream).toMatchObject([
      ['tierError', { tier: 'shared', operation: 'get', error: { code: 'CACHE_TIMEOUT' } }],
      ['miss', { key: 'k' }],
    ]);
  });

  it('does not hold up a write longer than that: set, delete and a conditional set settle', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    await cache.set('k', 'old', HOUR);
    wire.controls.hang();
    expect(await within(fleet.clock, 500, cache.delete('k'))).toBe(true);
    expect(await within(fleet.clock, 1000, cache.set('k', 'new', HOUR))).toBe(true);
    expect(await within(fleet.clock, 0, cache.get('k'))).toBe('new');
    expect(await within(fleet.clock, 1000, cache.set('other', 1, { if: 'absent' }))).toBe(false);
    expect(await within(fleet.clock, 1000, cache.set('k', 1, { if: 'present' }))).toBe(false);
    await expect(within(fleet.clock, 1000, cache.increment('n'))).rejects.toMatchObject({
      code: 'CACHE_CONNECTION',
    });
  });

  it("leaves another process' value alone where a conditional set had no answer", async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await b.cache.set('lock', 'b', HOUR);
    a.wire.controls.down();
    expect(await a.cache.set('lock', 'a', { if: 'absent' })).toBe(false);
    expect(a.cache.stats().owed).toBe(0);
    a.wire.controls.up();
    await fleet.clock.advance('1m');
    expect(await b.cache.get('lock')).toBe('b');
  });

  it('begins a counter anew that was cleared while it was away', async () => {
    const fleet = new Fleet();
    const { cache } = fleet.node();
    await cache.increment('n', 5);
    fleet.server.fault('down');
    await cache.clear();
    fleet.server.fault(undefined);
    expect(await cache.increment('n', 1)).toBe(1);
    await fleet.clock.advance('1m');
    expect(await cache.increment('n', 1)).toBe(2);
  });

  it('has no part in what marks an entry stale, which is then gone instead', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    await cache.set('k', 'old', HOUR);
    wire.controls.fail('touch');
    await cache.markStale('k');
    expect(await cache.getOrSet('k', () => 'new', HOUR)).toBe('new');
  });

  describe('with `strict`', () => {
    it.each<[string, (cache: ReturnType<Fleet['node']>['cache']) => Promise<unknown>]>([
      ['delete', (cache) => cache.delete('k', { strict: true })],
      ['deleteMany', (cache) => cache.deleteMany(['k', 'x'], { strict: true })],
      ['invalidateTags', (cache) => cache.invalidateTags(['t'], { strict: true })],
      ['clear', (cache) => cache.clear({ strict: true })],
    ])('%s rejects, every time, though this process is consistent', async (_name, invalidate) => {
      const fleet = new Fleet();
      const { cache } = fleet.node();
      await cache.set('k', 'old', { ...HOUR, tags: ['t'] });
      fleet.server.fault('down');
      const stream = recorded(cache);
      for (let i = 0; i < 2; i++) {
        await expect(invalidate(cache)).rejects.toMatchObject({
          name: 'CacheInvalidationError',
          code: 'CACHE_INVALIDATION',
          message: expect.stringContaining('owed'),
        });
        expect(await cache.get('k')).toBeUndefined();
      }
      expect(stream.filter(([type]) => ['delete', 'invalidate', 'clear'].includes(type))).toHaveLength(2);
      fleet.server.fault(undefined);
      await fleet.clock.advance('1s');
      await invalidate(cache);
    });

    it('rejects for nothing that somebody else does meanwhile', async () => {
      const fleet = new Fleet();
      const { cache, wire } = fleet.node();
      wire.controls.fail('delete');
      wire.controls.delay(10, 'delete');
      const failing = cache.delete('other');
      const strict = cache.delete('k', { strict: true });
      await within(fleet.clock, 500, Promise.all([failing, strict]));
    });
  });
});
