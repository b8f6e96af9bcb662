import { Fleet } from '../cache/fleet.js';

const TAGGED = { ttl: '1h', tags: ['t'] } as const;

describe('a shared tier that takes no new markers', () => {
  it.each(['with a bus', 'without one'])('brings nothing back that was invalidated: %s', async (bus) => {
    const fleet = new Fleet();
    const options = bus === 'without one' ? { bus: false as const } : {};
    const [a, b] = [fleet.node(options), fleet.node(options)];
    await a.cache.set('k', 'old', TAGGED);
    expect(await b.cache.get('k')).toBe('old');
    await fleet.clock.advance(100);
    // As a full server does: the old marker is gone, and the new one refused.
    for (const { wire } of [a, b]) wire.controls.fail('setIf', 100);
    a.wire.controls.fail('set', 1);
    await a.cache.invalidateTags(['t']);
    fleet.server.evict('\0tag:keepsake:t');
    await fleet.clock.advance(100);
    for (let second = 0; second < 5; second++) {
      expect(await b.cache.get('k')).toBeUndefined();
      expect(await a.cache.get('k')).toBeUndefined();
      await fleet.clock.advance(1000);
    }
  });
});
