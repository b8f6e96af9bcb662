import { Fleet, gate } from '../cache/fleet.js';

it('wakes who waits for a lease by every invalidation, not only by the first', async () => {
  const fleet = new Fleet();
  // One that hears nothing keeps its lease, whatever the other invalidates.
  const [holder, waiter] = [fleet.node({ bus: false }), fleet.node()];
  const source = gate<string>();
  const first = holder.cache.getOrSet('k', () => source.promise, { ttl: '1h' });
  await fleet.clock.advance(0);
  const seen: string[] = [];
  const load = (): string => 'loaded again';
  void waiter.cache.getOrSet('k', load, { ttl: '1h', tags: ['t'] }).then((value) => seen.push(value));
  await fleet.clock.advance(0);
  await waiter.cache.invalidateTags(['t']);
  await fleet.clock.advance(0);
  expect(seen).toEqual([]);
  await waiter.cache.delete('k');
  await fleet.clock.advance(0);
  expect(seen).toEqual(['loaded again']);
  source.open('late');
  expect(await first).toBe('late');
});
