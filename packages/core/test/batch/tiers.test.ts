import { type Backend, type Cache, createCache, localBus, tiered, wrap } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type Chaos, chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { Fleet, smallest } from '../cache/fleet.js';
import { user, users } from './fixture.js';

const IDS = ['1', '2', '3', '4'];
const EACH = { ttl: '1h', tags: (id: string): readonly string[] => [`user:${id}`] } as const;

interface Stack {
  readonly clock: ManualClock;
  readonly cache: Cache;
  readonly front: Backend;
  readonly middle: Chaos;
  readonly back: Chaos;
}

/** Memory in front, something slower in the middle that has no leases, and a server that is `made` of a reference one. */
function stack(made: (server: Backend) => Backend): Stack {
  const clock = manualClock();
  const front = memory({ clock });
  const middle = chaos(leaseless(sharedMemory({ clock }).connect()), { clock });
  const back = chaos(made(sharedMemory({ clock }).connect()), { clock });
  const backend = tiered([front, middle, back]);
  const bus = localBus().connect();
  return { cache: createCache({ backend, clock, bus, ttl: '1h', jitter: 0 }), clock, front, middle, back };
}

const leaseless = (server: Backend): Backend =>
  wrap(server, {
    acquire: undefined,
    fill: undefined,
    renew: undefined,
    release: undefined,
    occupied: undefined,
  });

/** How often `tier` is read in the time of `work`. */
async function readsOf(tier: Chaos, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const { get, getMany, acquire } = tier.controls.calls;
  await work();
  const now = tier.controls.calls;
  return { get: now.get - get, getMany: now.getMany - getMany, acquire: now.acquire - acquire };
}

describe('a call over a stack of tiers', () => {
  it('reads each tier once, for what the tiers before it lack, where the back grants no leases', async () => {
    const { cache, front, middle, back } = stack(leaseless);
    const { find, source } = users(cache);
    await find(IDS);
    await middle.delete(`keepsake:${find.keyOf('2')}`);
    await find.delete('3');
    for (const id of ['1', '2']) await front.delete(`keepsake:${find.keyOf(id)}`);
    cache.resetStats();
    let reads = {};
    const inMiddle = await readsOf(middle, async () => {
      reads = await readsOf(back, async () => {
        expect(await find(IDS)).toEqual(IDS.map(user));
      });
    });
    expect([inMiddle, reads]).toEqual(Array(2).fill({ get: 0, getMany: 1, acquire: 0 }));
    expect(source.calls.slice(1)).toEqual([['3']]);
    expect(cache.stats()).toMatchObject({ hits: 3, misses: 1 });
    expect(cache.stats().tiers).toMatchObject([
      { hits: 1, misses: 3 },
      { hits: 1, misses: 2 },
      { hits: 1, misses: 1 },
    ]);
  });

  it('copies forward what a slower tier had', async () => {
    const { cache, front } = stack(leaseless);
    const { find } = users(cache);
    await find(IDS);
    await front.clear();
    await find(IDS);
    for (const id of IDS) expect(front.get(`keepsake:${find.keyOf(id)}`)).toBeDefined();
  });

  it('asks a back that grants leases for one per item, and the tiers in front of it once', async () => {
    const { cache, middle, back } = stack((server) => server);
    const { find } = users(cache);
    await cache.getOrSet('warm', () => 1);
    await find.one('0');
    let reads = {};
    const inMiddle = await readsOf(middle, async () => {
      reads = await readsOf(back, () => find(IDS));
    });
    expect(inMiddle).toMatchObject({ get: 0, getMany: 1 });
    expect(reads).toEqual({ get: 0, getMany: 0, acquire: 4 });
  });

  it('is one read with the other calls of its tick', async () => {
    const { cache, middle, back } = stack(leaseless);
    const { find } = users(cache);
    await find.one('0');
    let reads = {};
    const inMiddle = await readsOf(middle, async () => {
      reads = await readsOf(back, () => Promise.all([find(['1', '2']), find.one('3'), find.settled(['4'])]));
    });
    expect([inMiddle, reads]).toMatchObject(Array(2).fill({ get: 0, getMany: 1 }));
  });

  it.each([
    ['leases', (server: Backend) => server],
    ['no leases', leaseless],
  ])('reads the versions of all tags at once, where nobody tells of changes (%s)', async (_name, made) => {
    const clock = manualClock();
    const back = chaos(made(sharedMemory({ clock }).connect()), { clock });
    const cache = createCache({ backend: tiered([memory({ clock }), back]), clock, ttl: '1h', jitter: 0 });
    const { find } = users(cache, EACH);
    const reads = await readsOf(back, () => find(IDS));
    expect(reads).toMatchObject({ get: 0, getMany: made === leaseless ? 2 : 1 });
  });

  it('reads what a refresh replaces at once', async () => {
    const { cache, front, middle, back } = stack(leaseless);
    const { find, source } = users(cache);
    await find(IDS);
    for (const tier of [front, middle]) await tier.clear();
    const reads = await readsOf(back, () => find.refresh(IDS));
    expect(reads).toEqual({ get: 0, getMany: 1, acquire: 0 });
    expect(source.contexts[1]?.of('1').stale?.value).toEqual(user('1'));
  });

  it.each([
    ['leases', (server: Backend) => server],
    ['no leases', leaseless],
  ])('finds what is stale there, for when the source fails (%s)', async (_name, made) => {
    const { cache, clock, front, middle } = stack(made);
    const { find, source } = users(cache, { ttl: '1m', staleIfError: '1h' });
    await find(IDS);
    await clock.advance('2m');
    for (const tier of [front, middle]) await tier.clear();
    for (const id of ['2', '3']) source.places.set(id, new Error('down'));
    expect(await find(IDS)).toEqual(IDS.map(user));
    expect(source.calls[1]).toEqual(IDS);
  });

  it('loads in one call what it lacks, though it was asked for in several ticks and answered in one', async () => {
    const { cache, back } = stack(leaseless);
    const { find, source } = users(cache);
    await find.one('0');
    back.controls.hang();
    const calls = [find.one('1')];
    await new Promise((resolve) => setImmediate(resolve));
    const others = find(['2', '3']);
    await new Promise((resolve) => setImmediate(resolve));
    back.controls.calm();
    await Promise.all([...calls, others]);
    expect(source.calls.slice(1)).toEqual([['1', '2', '3']]);
  });

  it('reads key by key where a tier knows nothing else', async () => {
    const clock = manualClock();
    const back = chaos(smallest(clock), { clock });
    const cache = createCache({ backend: back, clock, ttl: '1h', jitter: 0 });
    const { find, source } = users(cache, EACH);
    await find(['1', '2']);
    expect(await find(['2', '3'])).toEqual([user('2'), user('3')]);
    expect(source.calls).toEqual([['1', '2'], ['3']]);
    expect(back.controls.calls.getMany).toBe(0);
  });
});

describe('a tier that fails', () => {
  it('costs a call its hits, and is owed a delete of what was loaded meanwhile', async () => {
    const { cache, back } = stack(leaseless);
    const { find } = users(cache);
    await find.one('0');
    back.controls.fail('getMany');
    expect(await find(['1', '2'])).toEqual([user('1'), user('2')]);
    expect([back.controls.calls.set, back.controls.calls.delete]).toEqual([1, 2]);
    expect(await find.peek(['1', '2'])).toEqual([user('1'), user('2')]);
  });

  it('for one item costs that of the item', async () => {
    const { cache, back } = stack((server) => wrap(leaseless(server), { getMany: undefined }));
    const { find } = users(cache);
    await find.one('0');
    back.controls.fail('get');
    const { set } = back.controls.calls;
    expect(await find(['1', '2'])).toEqual([user('1'), user('2')]);
    expect([back.controls.calls.set - set, back.controls.calls.delete]).toEqual([1, 1]);
  });

  it('by being mute costs a call its timeout, once for all items', async () => {
    const fleet = new Fleet();
    const { cache, wire } = fleet.node();
    const { find } = users(cache, EACH);
    wire.controls.hang();
    let answers: unknown;
    void find(IDS).then((values) => {
      answers = values;
    });
    await fleet.clock.advance(520);
    expect(answers).toEqual(IDS.map(user));
    wire.controls.resume();
  });
});
