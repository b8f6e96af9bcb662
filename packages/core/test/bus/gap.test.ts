import { chaosBus } from '@keepsake/testing';
import { Fleet, gate } from '../cache/fleet.js';

const HOUR = { ttl: '1h' } as const;

describe('a load that was running when messages were missed', () => {
  it('is stored all the same: the shared tier would have voided its lease', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect());
    const { cache, front } = fleet.node({ bus });
    const source = gate<string>();
    const load = jest.fn(() => source.promise);
    const first = cache.getOrSet('k', load, HOUR);
    await fleet.clock.advance(0);
    bus.controls.cut();
    bus.controls.heal('gap');
    const second = cache.getOrSet('k', load, HOUR);
    await fleet.clock.advance(0);
    source.open('loaded');
    expect(await first).toBe('loaded');
    expect(await second).toBe('loaded');
    await fleet.clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
    expect(front.get('keepsake:k')).toMatchObject({ value: 'loaded' });
  });

  it('goes on renewing its lease', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect());
    const [a, b] = [fleet.node({ bus }), fleet.node()];
    const source = gate<string>();
    const first = a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    bus.controls.cut();
    bus.controls.heal('gap');
    const second = b.cache.getOrSet('k', () => 'again', HOUR);
    await fleet.clock.advance('20s');
    source.open('loaded');
    await fleet.clock.advance('1s');
    expect(await Promise.all([first, second])).toEqual(['loaded', 'loaded']);
  });

  it('is not stored where one of the messages was about its key', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect());
    const [a, b] = [fleet.node({ bus }), fleet.node()];
    const source = gate<string>();
    const first = a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    bus.controls.cut();
    await b.cache.delete('k');
    bus.controls.heal('gap');
    source.open('old');
    expect(await first).toBe('old');
    await fleet.clock.advance(0);
    expect(await a.cache.getOrSet('k', () => 'new', HOUR)).toBe('new');
  });

  it.each<[string, (cache: ReturnType<Fleet['node']>['cache']) => Promise<unknown>]>([
    ['a delete', (cache) => cache.delete('k')],
    ['a tag', (cache) => cache.invalidateTags(['t'])],
    ['a pattern', (cache) => cache.deletePattern('k*')],
    ['a clear', (cache) => cache.clear()],
  ])(
    'is not stored where %s of this process came after that and the tier could not be told',
    async (_, work) => {
      const fleet = new Fleet();
      const bus = chaosBus(fleet.hub.connect());
      const { cache, wire } = fleet.node({ bus });
      const source = gate<string>();
      const tagged = { ttl: '1h', tags: ['t'] } as const;
      const first = cache.getOrSet('k', () => source.promise, tagged);
      await fleet.clock.advance(0);
      bus.controls.cut();
      bus.controls.heal('gap');
      wire.controls.down();
      await work(cache);
      wire.controls.up();
      source.open('old');
      expect(await first).toBe('old');
      await fleet.clock.advance('10s');
      expect(await cache.getOrSet('k', () => 'new', tagged)).toBe('new');
    },
  );

  it('is not stored where what it had read, without a lease, is not known to be true any more', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect());
    const { cache, front, wire } = fleet.node({ bus });
    const source = gate<string>();
    wire.controls.fail('acquire');
    const first = cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    bus.controls.cut();
    bus.controls.heal('gap');
    source.open('loaded');
    expect(await first).toBe('loaded');
    await fleet.clock.advance(0);
    expect(front.get('keepsake:k')).toBeUndefined();
  });
});
