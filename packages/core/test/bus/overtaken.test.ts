import {
  type Backend,
  type Bus,
  type BusMessage,
  type Cache,
  createCache,
  localBus,
  tiered,
  wrap,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ChaosBus, chaos, chaosBus, manualClock, sharedMemory, type Travel } from '@keepsake/testing';
import { Fleet, gate, type Node, smallest, unhandledRejections, within } from '../cache/fleet.js';

const HOUR = { ttl: '1h' } as const;

describe('a lease whose grant was not heard', () => {
  it.each<[string, () => string]>([
    [
      'fails',
      () => {
        throw new Error('down');
      },
    ],
    ['is not to be stored', () => 'no'],
  ])('is given up when the load %s, so that nobody waits for it', async (_, source) => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    a.wire.controls.fail('acquire', 1, 'applied');
    await a.cache.getOrSet('k', source, { ...HOUR, when: () => false }).catch(() => undefined);
    await fleet.clock.advance(0);
    const call = b.cache.getOrSet('k', () => 'v', HOUR);
    expect(await within(fleet.clock, 100, call)).toBe('v');
  });
});

describe('markStale', () => {
  it.each(['without a bus', 'before the message arrives'])(
    'keeps a load that runs in another process from being stored, %s',
    async (how) => {
      const fleet = new Fleet();
      const bus = chaosBus(fleet.hub.connect(), { clock: fleet.clock, delay: 5 });
      const [a, b] =
        how === 'without a bus'
          ? [fleet.node({ bus: false }), fleet.node({ bus: false })]
          : [fleet.node({ bus }), fleet.node()];
      const kept = { ...HOUR, staleIfError: '1h' } as const;
      const source = gate<string>();
      const find = a.cache.cached(() => source.promise, { id: 'f', key: () => 'x', ...kept });
      await a.cache.set(find.keyOf(), 'old', kept);
      const loading = find.refresh();
      await fleet.clock.advance(10);
      expect(await b.cache.markStale(find.keyOf())).toBe(true);
      source.open('old');
      await loading;
      await fleet.clock.advance(50);
      expect(await b.cache.get(find.keyOf())).toBeUndefined();
    },
  );
});

describe('a pattern that another process deleted', () => {
  it('takes what is just being written to a slow tier in front with it', async () => {
    const fleet = new Fleet();
    const disk = chaos(memory({ clock: fleet.clock, name: 'disk' }), { clock: fleet.clock });
    const a = createCache({
      backend: tiered([memory({ clock: fleet.clock }), disk, fleet.server.connect()]),
      bus: fleet.hub.connect(),
      clock: fleet.clock,
    });
    const b = fleet.node();
    await b.cache.set('k', 'old', HOUR);
    disk.controls.delay(20, 'set');
    expect(await a.get('k')).toBe('old');
    fleet.server.evict('keepsake:k');
    await b.cache.deletePattern('k*');
    await fleet.clock.advance(100);
    expect(await a.get('k')).toBeUndefined();
  });
});

describe('what is owed', () => {
  it('is paid and told key by key, though the bus throws', async () => {
    const fleet = new Fleet();
    const bus = {
      name: 'broken',
      connected: true,
      publish: () => {
        throw new Error('a bus never throws');
      },
      subscribe: () => () => undefined,
    };
    const wire = chaos(fleet.server.connect(), { clock: fleet.clock });
    const rejections = unhandledRejections();
    const backend = tiered([memory({ clock: fleet.clock }), wire]);
    const cache = createCache({ backend, bus, clock: fleet.clock });
    wire.controls.down();
    await cache.delete('k').catch(() => undefined);
    wire.controls.up();
    await fleet.clock.advance('5s');
    expect(cache.stats().owed).toBe(0);
    expect(await rejections.stop()).toEqual([]);
  });

  it('is told to the others key by key, though a later one cannot be replayed', async () => {
    const fleet = new Fleet();
    let broken = false;
    let refuse: (key: string) => boolean = () => false;
    const inner = fleet.server.connect();
    const wire: Backend = wrap(inner, {
      deleteMany: undefined,
      delete: (key: string) => (broken || refuse(key) ? Promise.reject(new Error('x')) : inner.delete(key)),
    } as never);
    const a = createCache({
      backend: tiered([memory({ clock: fleet.clock }), wire]),
      bus: fleet.hub.connect(),
      clock: fleet.clock,
    });
    const b = fleet.node();
    await a.set('k1', 'old', HOUR);
    await a.set('k2', 'old', HOUR);
    broken = true;
    await a.deleteMany(['k1', 'k2']);
    expect(await b.cache.get('k1')).toBe('old');
    broken = false;
    let once = true;
    refuse = (key) => {
      const no = key.endsWith('k2') && once;
      if (no) once = false;
      return no;
    };
    await fleet.clock.advance('10s');
    expect(a.stats().owed).toBe(0);
    expect(await b.cache.get('k1')).toBeUndefined();
  });

  it('is told to the others when it is paid at the close', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', HOUR);
    a.wire.controls.down();
    await a.cache.delete('k');
    expect(await b.cache.get('k')).toBe('old');
    a.wire.controls.up();
    const closing = a.cache.close();
    await within(fleet.clock, 5000, closing);
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it('is a miss to a batch that was asked for while it was owed', async () => {
    const clock = manualClock();
    const server = sharedMemory({ clock });
    let late: { readonly go: () => void } | undefined;
    let isLate = false;
    const travel: Travel = (operation, _key, work) => {
      if (operation !== 'getMany' || !isLate) return work();
      const answer = work();
      return new Promise((resolve) => {
        late = { go: () => resolve(answer) };
      });
    };
    const wire = chaos(server.connect({ travel }), { clock });
    const cache = createCache({ backend: tiered([memory({ clock }), wire]), clock, jitter: 0 });
    await cache.set('k', 'old', HOUR);
    wire.controls.fail('delete', 1);
    await cache.delete('k');
    expect(cache.stats().owed).toBe(1);
    isLate = true;
    const reading = cache.getMany(['k', 'l']);
    await clock.advance(0);
    isLate = false;
    await cache.delete('k'); // acknowledged now
    expect(cache.stats().owed).toBe(0);
    late?.go();
    expect(await reading).toEqual([undefined, undefined]);
  });
});

describe('a load whose callers left, and that goes on', () => {
  it('is not stored under the lease of the next one, after another process deleted the key', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
    const [first, second] = [gate<string>(), gate<string>()];
    const leaving = new AbortController();
    const left = a.cache.getOrSet('k', () => first.promise, { ...HOUR, signal: leaving.signal });
    await fleet.clock.advance(0);
    leaving.abort();
    await left.catch(() => undefined);
    await b.cache.delete('k');
    const call = a.cache.getOrSet('k', () => second.promise, HOUR);
    await fleet.clock.advance(0);
    first.open('old');
    await fleet.clock.advance(0);
    second.open('new');
    expect(await call).toBe('new');
    await fleet.clock.advance(0);
    expect(await b.cache.get('k')).toBe('new');
  });
});

describe('a message that cannot be followed', () => {
  it('is taken for a gap', async () => {
    const fleet = new Fleet();
    const a = fleet.node();
    const other: Bus = fleet.hub.connect();
    await a.cache.set('k', 'old', HOUR);
    await a.wire.delete('keepsake:k');
    const message: BusMessage = { type: 'pattern', prefix: 'keepsake:', pattern: 'k', flags: 'Q' };
    expect(() => other.publish(message)).not.toThrow();
    await fleet.clock.advance(0);
    expect(await a.cache.get('k')).toBeUndefined();
  });
});

describe('a gap during a load', () => {
  it('keeps the load from being stored where the back tier grants no leases', async () => {
    const fleet = new Fleet();
    const store = smallest(fleet.clock);
    const hub = localBus();
    const bus = chaosBus(hub.connect(), { clock: fleet.clock });
    const node = (own: Bus) =>
      createCache({
        backend: tiered([memory({ clock: fleet.clock }), store]),
        bus: own,
        clock: fleet.clock,
        duplicateIds: 'replace',
      });
    const [a, b] = [node(bus), node(hub.connect())];
    const source = gate<string>();
    const loading = a.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    bus.controls.cut();
    await b.delete('k');
    bus.controls.heal('gap');
    source.open('old');
    expect(await loading).toBe('old');
    await fleet.clock.advance(0);
    expect(await b.get('k')).toBeUndefined();
  });
});

describe('a load that an invalidation has overtaken', () => {
  it.each(['tag', 'refresh'] as const)('does not keep the next one waiting: %s', async (how) => {
    const fleet = new Fleet();
    const a = fleet.node();
    const source = gate<string>();
    const find = a.cache.cached(
      async (n: number) => (n === 0 ? 'no' : calls++ === 0 ? source.promise : 'new'),
      {
        id: 'f',
        tags: ['t'],
        ...HOUR,
      },
    );
    let calls = 0;
    void find(1);
    await fleet.clock.advance(100);
    if (how === 'tag') await a.cache.invalidateTags(['t']);
    const next = how === 'tag' ? find(1) : find.refresh(1);
    expect(await within(fleet.clock, 50, next)).toBe('new');
  });
});

describe('the news that a load is over', () => {
  it('reach who waits although the answer to the fill was lost', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = gate<string>();
    void a.cache.getOrSet('k', () => source.promise, HOUR);
    await fleet.clock.advance(0);
    const waiting = b.cache.getOrSet('k', () => 'own', HOUR);
    await fleet.clock.advance(10);
    a.wire.controls.fail('fill', 1, 'applied');
    source.open('v');
    expect(await within(fleet.clock, 100, waiting)).toBe('own');
  });

  it('are not told where nobody waits', async () => {
    const fleet = new Fleet();
    const told: BusMessage[] = [];
    fleet.hub.connect().subscribe({ message: (message) => void told.push(message), gap: () => undefined });
    const { cache } = fleet.node();
    for (let i = 0; i < 10; i++) {
      await cache.getOrSet(`k${i}`, () => Promise.reject(new Error('down')), HOUR).catch(() => undefined);
      await fleet.clock.advance(0);
    }
    expect(told.filter(({ type }) => type === 'settled')).toEqual([]);
  });

  it('reach others when the cache is closed during the load', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    void a.cache
      .getOrSet(
        'k',
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
        HOUR,
      )
      .catch(() => undefined);
    await fleet.clock.advance(0);
    const waiting = b.cache.getOrSet('k', () => 'v', HOUR);
    await fleet.clock.advance(10);
    void a.cache.close();
    await fleet.clock.advance(1000); // its drain
    expect(await within(fleet.clock, 100, waiting)).toBe('v');
  });
});

describe('what stands in front of a slow tier that is being cleared', () => {
  const scene = async (
    what: 'clear' | 'delete',
  ): Promise<{ fleet: Fleet; a: Cache; bus: ChaosBus; b: Node }> => {
    const fleet = new Fleet();
    const disk = chaos(memory({ clock: fleet.clock, name: 'disk' }), { clock: fleet.clock });
    const bus = chaosBus(fleet.hub.connect());
    const backend = tiered([memory({ clock: fleet.clock }), disk, fleet.server.connect()]);
    const a = createCache({ backend, bus, clock: fleet.clock });
    const b = fleet.node();
    await b.cache.set('k', 'old', HOUR);
    expect(await a.get('k')).toBe('old');
    await fleet.clock.advance(0);
    disk.controls.delay(5000, what);
    return { fleet, a, bus, b };
  };
  const atHand = (cache: Cache): unknown => cache.engine.atHand('keepsake:k')?.value;

  it('is gone at once after a gap', async () => {
    const { fleet, a, bus, b } = await scene('clear');
    bus.controls.cut();
    await b.cache.delete('k');
    bus.controls.heal('gap');
    await fleet.clock.advance(50);
    expect(atHand(a)).toBeUndefined();
  });

  it('is gone at once when another process deletes it', async () => {
    const { fleet, a, b } = await scene('delete');
    await b.cache.delete('k');
    await fleet.clock.advance(50);
    expect(atHand(a)).toBeUndefined();
  });

  it('is not served by the slow tier either', async () => {
    const { fleet, a, bus, b } = await scene('clear');
    bus.controls.cut();
    await b.cache.delete('k');
    bus.controls.heal('gap');
    await fleet.clock.advance(1000);
    expect(await a.get('k')).toBeUndefined();
  });
});
