import { type BusMessage, localBus } from '@keepsake/core';
import { chaosBus } from '@keepsake/testing';
import { Fleet, type Node, type NodeOptions } from '../cache/fleet.js';

const HOUR = { ttl: '1h', tags: ['t'] } as const;

describe('over the bus', () => {
  it.each<[string, (node: Node) => Promise<unknown>, unknown]>([
    ['a delete', ({ cache }) => cache.delete('k'), undefined],
    ['a delete of many', ({ cache }) => cache.deleteMany(['k', 'x']), undefined],
    ['a set', ({ cache }) => cache.set('k', 'new', HOUR), 'new'],
    [
      'a set of many',
      ({ cache }) =>
        cache.setMany([
          { key: 'k', value: 'new' },
          { key: 'x', value: 1 },
        ]),
      'new',
    ],
    ['a conditional set', ({ cache }) => cache.set('k', 'new', { if: 'present' }), 'new'],
    ['a clear', ({ cache }) => cache.clear(), undefined],
    ['a tag', ({ cache }) => cache.invalidateTags(['t']), undefined],
    ['a pattern', ({ cache }) => cache.deletePattern('k'), undefined],
    ['a shorter life', ({ cache }) => cache.touch('k', 1), undefined],
    ['a mark that it is stale', ({ cache }) => cache.markStale('k'), undefined],
  ])('%s reaches the front tiers of the others', async (_what, work, expected) => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', HOUR);
    expect(await b.cache.get('k')).toBe('old');
    await work(a);
    await fleet.clock.advance(1);
    expect(await b.cache.get('k')).toBe(expected);
  });

  it.each<[string, (node: Node) => Promise<unknown>]>([
    ['a delete', ({ cache }) => cache.delete('k')],
    ['a pattern', ({ cache }) => cache.deletePattern('k*')],
    ['a clear', ({ cache }) => cache.clear()],
  ])('%s is followed at once, though a slow write of the key is under way here', async (_what, work) => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', HOUR);
    expect(await b.cache.get('k')).toBe('old');
    b.wire.controls.delay(200, 'touch');
    const writing = b.cache.touch('k', '2h');
    await fleet.clock.advance(0);
    await work(a);
    await fleet.clock.advance(0);
    expect(b.front.get('keepsake:k')).toBeUndefined();
    await fleet.clock.advance(200);
    expect(await writing).toBe(false);
    expect(b.front.get('keepsake:k')).toBeUndefined();
  });

  it('a fill invalidates nothing: the others keep what they have', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await b.cache.getOrSet('k', () => 'v', HOUR);
    await fleet.clock.advance(0);
    await a.cache.getOrSet('k', () => 'never', HOUR);
    await fleet.clock.advance(0);
    expect(b.front.get('keepsake:k')).toBeDefined();
  });

  it('a marker that was missing and is there now ends no load', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    b.wire.controls.delay(10, 'acquire');
    const load = jest.fn(() => 'v');
    const call = b.cache.getOrSet('k', load, { ttl: '1h', tags: ['t'] });
    await fleet.clock.advance(0);
    fleet.server.evict('\0tag:keepsake:t');
    await a.cache.set('x', 1, HOUR);
    fleet.server.evict('\0tag:keepsake:unrelated');
    await fleet.clock.advance(10);
    expect(await call).toBe('v');
    expect(b.front.get('keepsake:k')).toMatchObject({ value: 'v' });
    // What was loaded under the marker that was lost is a miss all the same.
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it('a gap empties the front, since nothing there can be trusted', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect(), { clock: fleet.clock });
    const [a, b] = [fleet.node(), fleet.node({ bus } as NodeOptions)];
    const users = b.cache.namespace('users');
    await a.cache.set('k', 'old', HOUR);
    await a.cache.set('tagged', 'old', HOUR);
    await users.set('k', 'old');
    await b.cache.getMany(['k', 'tagged']);
    bus.controls.cut();
    await a.cache.delete('k');
    await a.cache.namespace('users').delete('k');
    await a.cache.invalidateTags(['t']);
    bus.controls.heal('gap');
    await fleet.clock.advance(0);
    expect(b.front.get('keepsake:k')).toBeUndefined();
    expect(await b.cache.getMany(['k', 'tagged'])).toEqual([undefined, undefined]);
    expect(await users.get('k')).toBeUndefined();
  });

  it('a replay does what was missed', async () => {
    const fleet = new Fleet();
    const bus = chaosBus(fleet.hub.connect(), { clock: fleet.clock });
    const [a, b] = [fleet.node(), fleet.node({ bus } as NodeOptions)];
    await a.cache.set('k', 'old', HOUR);
    await a.cache.set('other', 'v', HOUR);
    await b.cache.getMany(['k', 'other']);
    bus.controls.cut();
    await a.cache.delete('k');
    bus.controls.heal('replay');
    await fleet.clock.advance(0);
    expect(await b.cache.get('k')).toBeUndefined();
    expect(b.front.get('keepsake:other')).toBeDefined();
  });

  it('what another cache of the same server does in its own namespace is not followed', async () => {
    const fleet = new Fleet();
    const [a, other] = [fleet.node(), fleet.node({ namespace: 'other' })];
    await a.cache.set('k', 'v', HOUR);
    await other.cache.set('k', 'v', HOUR);
    await other.cache.clear();
    await other.cache.invalidateTags(['t']);
    await other.cache.delete('k');
    expect(a.front.get('keepsake:k')).toBeDefined();
    expect(await a.cache.get('k')).toBe('v');
  });

  it('nothing is heard after close', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await b.cache.close();
    await a.cache.set('k', 'v', HOUR);
    await a.cache.delete('k');
  });
});

describe('localBus', () => {
  it('hands a message to all others in its tick, in order, and never back', () => {
    const hub = localBus();
    const [a, b, c] = [hub.connect(), hub.connect(), hub.connect()];
    const heard: string[] = [];
    for (const [name, bus] of Object.entries({ a, b, c })) {
      bus.subscribe({ message: (message: BusMessage) => heard.push(`${name} ${message.type}`), gap() {} });
    }
    a.publish({ type: 'keys', keys: ['k'] });
    a.publish({ type: 'settled', key: 'k', stored: true });
    expect(heard).toEqual(['b keys', 'c keys', 'b settled', 'c settled']);
  });

  it('hands nothing to who has left, and takes messages of who subscribed to nothing', () => {
    const hub = localBus();
    const [a, b, c] = [hub.connect(), hub.connect(), hub.connect()];
    const heard: string[] = [];
    const off = b.subscribe({ message: () => heard.push('b'), gap() {} });
    c.subscribe({ message: () => heard.push('c'), gap() {} });
    off();
    void c.close?.();
    a.publish({ type: 'settled', key: 'k', stored: true });
    expect(heard).toEqual([]);
    expect(a.connected).toBe(true);
  });
});
