import { createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { Fleet, gate, type Node, recorded, smallest, within } from '../cache/fleet.js';
import { numbered } from './numbered.js';

const EARLY = { ttl: '10m', earlyRefresh: 0.8 } as const;

/** A load that takes `ms` of the fleet's time. */
function slow(fleet: Fleet, ms: number): jest.Mock<Promise<number>, []> {
  const next = numbered();
  return jest.fn(async () => {
    await new Promise<void>((resolve) => fleet.clock.after(ms, resolve));
    return next();
  });
}

/** Every node has 'old' in its front, and is due for an early refresh of it. */
async function due(fleet: Fleet, nodes: readonly Node[]): Promise<void> {
  await nodes[0]?.cache.set('k', 'old', { ttl: '10m' });
  for (const { cache } of nodes) expect(await cache.get('k')).toBe('old');
  await fleet.clock.advance('8m');
}

describe('early refresh in a fleet', () => {
  it.each([
    ['with a bus', {}],
    ['without', { bus: false }],
  ] as const)('is one load for all processes, %s', async (_how, options) => {
    const fleet = new Fleet();
    const nodes = Array.from({ length: 4 }, () => fleet.node(options));
    await due(fleet, nodes);
    const load = slow(fleet, 700);
    for (let i = 0; i < 50; i++) {
      for (const { cache } of nodes) await cache.getOrSet('k', load, EARLY);
      await fleet.clock.advance(100);
    }
    expect(load).toHaveBeenCalledTimes(1);
    for (const { cache, front } of nodes) {
      expect(await cache.getOrSet('k', load, EARLY)).toBe(1);
      expect(front.get('keepsake:k')).toMatchObject({ value: 1 });
    }
  });

  it('serves every hit in its tick meanwhile', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    b.wire.controls.delay(100);
    const next = gate<string>();
    for (const { cache } of [a, b, a, b]) {
      const hit = cache.getOrSet('k', () => next.promise, EARLY);
      expect(await Promise.race([hit, Promise.resolve('a later tick')])).toBe('old');
    }
  });

  it('looks at the back tier first, and copies what another process has loaded forward instead of loading', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    await due(fleet, [a, b]);
    await a.cache.getOrSet('k', () => 'new', EARLY);
    await fleet.clock.advance('1m');
    const load = jest.fn(() => 'never');
    const stream = recorded(b.cache);
    expect(await b.cache.getOrSet('k', load, EARLY)).toBe('old');
    await fleet.clock.advance(0);
    expect(await b.cache.getOrSet('k', load, EARLY)).toBe('new');
    expect(load).not.toHaveBeenCalled();
    expect(stream.map(([type]) => type)).toEqual(['hit', 'hit']);
    expect(b.cache.stats()).toMatchObject({ loads: 0 });
  });

  it('counts the fraction of a copy from when its value was stored, not from when it was copied', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    await due(fleet, [a, b]);
    await a.cache.getOrSet('k', () => 'new', EARLY);
    const createdAt = fleet.clock.now();
    await fleet.clock.advance('1m');
    await b.cache.getOrSet('k', () => 'never', EARLY);
    await fleet.clock.advance(0);
    expect(b.front.get('keepsake:k')).toMatchObject({
      value: 'new',
      createdAt,
      staleAt: createdAt + 600_000,
    });
    const load = jest.fn(() => 'newer');
    await fleet.clock.advance(7 * 60_000 - 1);
    await b.cache.getOrSet('k', load, EARLY);
    expect(load).not.toHaveBeenCalled();
    await fleet.clock.advance(1);
    await b.cache.getOrSet('k', load, EARLY);
    await fleet.clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not take the end of a stay in the front tier for the end of a life', async () => {
    const fleet = new Fleet();
    const front = memory({ clock: fleet.clock });
    const { wire } = fleet.node();
    const cache = createCache({
      backend: tiered([{ backend: front, maxTtl: '1m' }, wire]),
      bus: fleet.hub.connect(),
      clock: fleet.clock,
      jitter: 0,
    });
    const load = numbered();
    await cache.getOrSet('k', load, EARLY);
    await fleet.clock.advance(59_999);
    const asked = { ...wire.controls.calls };
    expect(await cache.getOrSet('k', load, EARLY)).toBe(1);
    await fleet.clock.advance(0);
    expect(wire.controls.calls).toEqual(asked);
    await fleet.clock.advance(7 * 60_000 + 1);
    expect(await cache.getOrSet('k', load, EARLY)).toBe(1);
    await fleet.clock.advance(0);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('also follows a hit in a slower tier', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a]);
    const load = numbered();
    expect(await b.cache.getOrSet('k', load, EARLY)).toBe('old');
    await fleet.clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
    expect(await b.cache.get('k')).toBe(1);
  });

  it('happens over a shared tier alone, and no hit waits for it', async () => {
    const fleet = new Fleet();
    const { wire } = fleet.node();
    const cache = createCache({ backend: wire, clock: fleet.clock, jitter: 0 });
    const next = gate<string>();
    const load = jest.fn<string | Promise<string>, []>().mockReturnValueOnce('old');
    load.mockReturnValue(next.promise);
    await cache.getOrSet('k', load, EARLY);
    await fleet.clock.advance(8 * 60_000 - 1);
    await cache.getOrSet('k', load, EARLY);
    await fleet.clock.advance(0);
    expect(load).toHaveBeenCalledTimes(1);
    await fleet.clock.advance(1);
    for (let i = 0; i < 3; i++) {
      expect(await within(fleet.clock, 0, cache.getOrSet('k', load, EARLY))).toBe('old');
    }
    expect(load).toHaveBeenCalledTimes(2);
    next.open('new');
    await fleet.clock.advance(0);
    expect(await cache.getOrSet('k', load, EARLY)).toBe('new');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('asks the back tier once per retryAfter while another process loads, however many hits come', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    await a.cache.getOrSet('k', slow(fleet, 2500), EARLY);
    const asked = b.wire.controls.calls.acquire;
    for (let at = 0; at < 2000; at += 10) {
      expect(await b.cache.getOrSet('k', () => 'never', EARLY)).toBe('old');
      await fleet.clock.advance(10);
    }
    // Each time once for the value, and once for the lease.
    expect(b.wire.controls.calls.acquire - asked).toBe(4);
  });

  it('lets go of the lease when the value is not to be stored', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    await a.cache.getOrSet('k', () => 'no', { ...EARLY, when: () => false });
    await fleet.clock.advance(0);
    await b.cache.getOrSet('k', () => 'new', EARLY);
    await fleet.clock.advance(0);
    expect(await b.cache.get('k')).toBe('new');
  });

  it('that fails in one process leaves another one free to try', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    expect(await a.cache.getOrSet('k', () => Promise.reject(new Error('down')), EARLY)).toBe('old');
    await fleet.clock.advance(0);
    expect(await b.cache.getOrSet('k', () => 'new', EARLY)).toBe('old');
    await fleet.clock.advance(0);
    expect(await b.cache.get('k')).toBe('new');
  });

  it('goes on in each process for itself while the back tier is down', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    fleet.server.fault('down');
    const load = numbered();
    for (const { cache } of [a, b]) {
      expect(await cache.getOrSet('k', load, EARLY)).toBe('old');
      await fleet.clock.advance(0);
    }
    expect([a.front.get('keepsake:k')?.value, b.front.get('keepsake:k')?.value]).toEqual([1, 2]);
  });

  it('is one load per process where the back tier grants no leases', async () => {
    const fleet = new Fleet();
    const back = smallest(fleet.clock);
    const caches = [1, 2].map(() =>
      createCache({ backend: tiered([memory({ clock: fleet.clock }), back]), clock: fleet.clock, jitter: 0 }),
    );
    await caches[0]?.set('k', 'old', { ttl: '10m' });
    for (const cache of caches) expect(await cache.get('k')).toBe('old');
    await fleet.clock.advance('8m');
    const load = slow(fleet, 100);
    for (const cache of caches) {
      for (let i = 0; i < 10; i++) await cache.getOrSet('k', load, EARLY);
    }
    await fleet.clock.advance(100);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('never answers a caller with its own end, in whichever reaction that one comes', async () => {
    for (let reactions = 0; reactions < 40; reactions++) {
      const fleet = new Fleet();
      const [a, b] = [fleet.node(), fleet.node()];
      await a.cache.set('k', 'old', { ttl: '10m' });
      await b.cache.get('k');
      await fleet.clock.advance(599_998);
      await a.cache.getOrSet('k', slow(fleet, 4), EARLY);
      await fleet.clock.advance(1);
      const own = jest.fn(() => 'own');
      await b.cache.getOrSet('k', own, EARLY);
      // The value has ended, and this process hears that the other one is done: its own refresh is needless.
      let late: Promise<unknown> | undefined;
      const call = async (): Promise<void> => {
        for (let i = 0; i < reactions; i++) await Promise.resolve();
        late = b.cache.getOrSet('k', own, EARLY);
        late.catch(() => undefined);
      };
      fleet.hub.connect().subscribe({ message: ({ type }) => void (type === 'settled' && call()), gap() {} });
      await fleet.clock.advance(3);
      expect([reactions, await late]).toEqual([reactions, 1]);
      expect(own).not.toHaveBeenCalled();
    }
  });

  it('is not stored by a process that another one has told of a delete', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await due(fleet, [a, b]);
    const next = gate<string>();
    await a.cache.getOrSet('k', () => next.promise, EARLY);
    await fleet.clock.advance(0);
    await b.cache.delete('k');
    next.open('void');
    await fleet.clock.advance(0);
    expect([await a.cache.get('k'), await b.cache.get('k')]).toEqual([undefined, undefined]);
  });
});
