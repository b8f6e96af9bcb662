import type { BusMessage, Cache } from '@keepsake/core';
import { Fleet, gate, type Node, recorded, unhandledRejections, within } from '../cache/fleet.js';

const KEY = 'keepsake:k';
const STALE = { ttl: '1m', staleIfError: '1h', tags: ['team:7'] } as const;

/** All that an onlooker could change. */
async function everything({ clock, server }: Fleet, { cache, front }: Node): Promise<unknown> {
  const healthy = server.connect();
  const leases: string[] = [];
  try {
    for await (const key of healthy.occupied?.(KEY) ?? []) leases.push(key);
  } catch {
    // It is down.
  }
  const { engine } = cache;
  const { tiers } = engine.tiers;
  return {
    // Not `stats()`, which asks the tiers for their size.
    counted: { ...engine.counters, owed: engine.owed },
    tiers: tiers.map(({ name, hits, misses, errors, available }) => ({
      name,
      hits,
      misses,
      errors,
      available,
    })),
    leases,
    front: front.get(KEY),
    entries: server.size,
    timers: clock.pending,
    flight: { ...engine.flights.running(KEY) },
    backoff: engine.flights.backoff(KEY),
    breaker: engine.guardOf(engine.tiers.back)?.breaker,
  };
}

describe('an explanation changes nothing', () => {
  let fleet: Fleet;
  let node: Node;
  let rejections: ReturnType<typeof unhandledRejections>;

  beforeEach(() => {
    rejections = unhandledRejections();
    fleet = new Fleet();
    node = fleet.node();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  const load = (answer: () => Promise<unknown>): Promise<unknown> =>
    node.cache.getOrSet('k', answer, STALE).catch(() => undefined);

  it.each<[string, () => Promise<unknown>]>([
    ['nothing is there', async () => undefined],
    ['a fresh value is there', () => node.cache.set('k', 'v', STALE)],
    [
      'only the shared tier has a value',
      async () => {
        await node.cache.set('k', 'v', STALE);
        node.front.clear();
      },
    ],
    [
      'the value is stale',
      async () => {
        await node.cache.set('k', 'v', STALE);
        await fleet.clock.advance('2m');
      },
    ],
    [
      'its source is spared',
      async () => {
        await node.cache.set('k', 'v', STALE);
        await fleet.clock.advance('2m');
        await load(() => Promise.reject(new Error('down')));
        await fleet.clock.advance(0);
      },
    ],
    [
      'its tag was invalidated',
      async () => {
        await node.cache.set('k', 'v', STALE);
        await node.cache.invalidateTags(['team:7']);
      },
    ],
    [
      'the marker of its tag is gone, and this process never knew it',
      async () => {
        await node.cache.set('k', 'v', STALE);
        fleet.server.evict('\0tag:keepsake:team:7');
        node = fleet.node();
      },
    ],
    [
      'a load is running',
      async () => {
        void load(() => gate().promise);
        await fleet.clock.advance(100);
      },
    ],
    [
      'the shared tier is down',
      async () => {
        await node.cache.set('k', 'v', STALE);
        fleet.server.fault('down');
      },
    ],
    [
      'the shared tier is owed a delete',
      async () => {
        await node.cache.set('k', 'v', STALE);
        fleet.server.fault('down');
        await node.cache.delete('k');
      },
    ],
    ['the shared tier is mute', async () => node.wire.controls.hang()],
    [
      'the shared tier is spared since it is mute',
      async () => {
        node.wire.controls.hang();
        await within(fleet.clock, 250, node.cache.get('k'));
      },
    ],
  ])('where %s', async (_, prepare) => {
    await prepare();
    const before = await everything(fleet, node);
    const stream = recorded(node.cache);
    const messages: BusMessage[] = [];
    fleet.hub
      .connect()
      .subscribe({ message: (message) => void messages.push(message), gap: () => undefined });
    await within(fleet.clock, 250, node.cache.explain('k', STALE));
    expect(await everything(fleet, node)).toEqual(before);
    expect({ stream, messages }).toEqual({ stream: [], messages: [] });
  });

  it('and asks a tier once, for the entry alone', async () => {
    await node.cache.set('k', 'v', STALE);
    const before = { ...node.wire.controls.calls };
    await node.cache.explain('k');
    expect(node.wire.controls.calls).toEqual({ ...before, get: before.get + 1 });
  });

  it('and asks for a marker that this process does not know once, however many tiers have the tag', async () => {
    const other = fleet.node({ bus: false });
    await other.cache.set('k', 'v', STALE);
    await fleet.clock.advance('1s');
    const before = { ...other.wire.controls.calls };
    expect(await other.cache.explain('k')).toMatchObject({ verdict: 'hit' });
    // The entry, and the markers of the tag and of the cache.
    expect(other.wire.controls.calls).toEqual({ ...before, get: before.get + 3 });
  });

  it('so that a lease is still to be had by whoever loads', async () => {
    const other = fleet.node();
    await node.cache.explain('k', STALE);
    expect(await other.cache.getOrSet('k', () => 'v', STALE)).toBe('v');
  });

  it('so that a mute tier is asked by the next call as if nobody had found out', async () => {
    node.wire.controls.hang();
    await within(fleet.clock, 250, node.cache.explain('k'));
    const asked = node.wire.controls.calls.get;
    const read = node.cache.get('k');
    expect(node.wire.controls.calls.get).toBe(asked + 1);
    await within(fleet.clock, 250, read);
    expect(node.cache.stats().tiers[1]).toMatchObject({ errors: 1, available: false });
  });

  it('and calls neither the function nor what its policy has beside the key', async () => {
    const calls: string[] = [];
    const said = (what: string) => () => {
      calls.push(what);
      return what as never;
    };
    const find = node.cache.cached(async (_id: string) => said('function')(), {
      id: 'find',
      ttl: said('ttl'),
      key: said('key'),
      tags: said('tags'),
      when: said('when'),
      cacheErrors: said('cacheErrors'),
    });
    const { verdict, rules } = await find.explain('42');
    expect({ verdict, ttl: rules.ttl, calls }).toEqual({ verdict: 'load', ttl: undefined, calls: ['key'] });
  });
});

describe('an explanation that cannot be given', () => {
  const cacheOf = (): Cache => new Fleet().node().cache;

  it('rejects where the arguments cannot identify a call', async () => {
    const find = cacheOf().cached(async (_what: unknown) => 'v', { id: 'find', ttl: '1m' });
    await expect(find.explain(Symbol('x'))).rejects.toMatchObject({ code: 'CACHE_KEY' });
  });

  it('rejects what is no key, no option, or not allowed', async () => {
    const cache = cacheOf();
    await expect(cache.explain(42 as never)).rejects.toMatchObject({ code: 'CACHE_KEY' });
    await expect(cache.explain('k', { tll: '1m' } as never)).rejects.toThrow(
      /explain: there is no option 'tll'\. Allowed: `ttl`/,
    );
    await expect(cache.explain('k', { ttl: '1 minute' as never })).rejects.toMatchObject({
      code: 'CACHE_CONFIG',
    });
    await expect(cache.explain('k', { staleIfError: -1 })).rejects.toMatchObject({ code: 'CACHE_CONFIG' });
  });

  it('rejects once the cache is closed', async () => {
    const cache = cacheOf();
    const find = cache.cached(async () => 'v', { id: 'find', ttl: '1m' });
    await find();
    await cache.close();
    await expect(cache.explain('k')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    await expect(find.explain()).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  });
});
