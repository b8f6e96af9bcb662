import { type Cache, type CacheOptions, createCache, type GetOrSetOptions, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos } from '@keepsake/testing';
import { Fleet, gate, recorded } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { NotFound, REMEMBERED, Unreachable } from './not-found.js';

const missing = (): Promise<string> => Promise.reject(new NotFound('none'));
const down = (): Promise<string> => Promise.reject(new Unreachable('down'));

const STALE = { ...REMEMBERED, staleIfError: '1d' } as const;

/** A cache with a stale 'old' under 'k'. */
async function stale(options: Partial<CacheOptions> = {}) {
  const scene = fixture(options);
  await scene.cache.set('k', 'old', { ttl: '1h', staleIfError: '1d', staleWhileRevalidate: '1d' });
  await scene.clock.advance('1h');
  return scene;
}

describe('an answer of the source', () => {
  it('is not replaced by a stale value, which a failure would be', async () => {
    const { cache, clock } = await stale();
    expect(await cache.getOrSet('k', down, STALE)).toBe('old');
    await clock.advance('1s');
    await expect(cache.getOrSet('k', missing, STALE)).rejects.toBeInstanceOf(NotFound);
  });

  it('removes the stale value: the next outage does not bring it back', async () => {
    const { cache, clock } = await stale();
    await expect(cache.getOrSet('k', missing, STALE)).rejects.toBeInstanceOf(NotFound);
    expect(await cache.entry('k')).toBeUndefined();
    await clock.advance('1m');
    await expect(cache.getOrSet('k', down, STALE)).rejects.toBeInstanceOf(Unreachable);
  });

  it('found while the stale value is served at once, is what the next call gets', async () => {
    const { cache, clock } = await stale();
    const options = { ...STALE, staleWhileRevalidate: '1d' } as const;
    expect(await cache.getOrSet('k', missing, options)).toBe('old');
    await clock.advance(0);
    await expect(cache.getOrSet('k', () => 'never', options)).rejects.toBeInstanceOf(NotFound);
  });

  it('found by an early refresh, removes the value that was still fresh', async () => {
    const { cache, clock } = fixture();
    const options = { ...STALE, earlyRefresh: 0.5 } as const;
    await cache.set('k', 'old', { ttl: '1h' });
    await clock.advance('30m');
    expect(await cache.getOrSet('k', missing, options)).toBe('old');
    await clock.advance(0);
    expect(await cache.get('k')).toBeUndefined();
    await expect(cache.getOrSet('k', () => 'never', options)).rejects.toBeInstanceOf(NotFound);
  });

  it('found by an explicit refresh, removes it too', async () => {
    const { cache } = fixture();
    const source = jest.fn<Promise<string>, []>().mockResolvedValueOnce('old').mockImplementation(missing);
    const find = cache.cached(source, { id: 'find', ...REMEMBERED });
    await find();
    await expect(find.refresh()).rejects.toBeInstanceOf(NotFound);
    await expect(find()).rejects.toBeInstanceOf(NotFound);
    expect(await find.peek()).toBeUndefined();
    expect(source).toHaveBeenCalledTimes(2);
  });

  it('is told as a failed load that was missed', async () => {
    const { cache } = await stale();
    const stream = recorded(cache);
    await expect(cache.getOrSet('k', missing, STALE)).rejects.toBeInstanceOf(NotFound);
    expect(stream).toEqual([
      ['miss', { path: 'keepsake', key: 'k' }],
      ['loadError', expect.objectContaining({ missed: true })],
    ]);
  });

  it('removes the stale value from every tier and every process', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', { ttl: '1h', staleIfError: '1d' });
    expect(await b.cache.get('k')).toBe('old');
    await fleet.clock.advance('1h');
    await expect(a.cache.getOrSet('k', missing, STALE)).rejects.toBeInstanceOf(NotFound);
    await fleet.clock.advance(0);
    for (const { cache } of [a, b]) expect(await cache.entry('k')).toBeUndefined();
    await expect(b.cache.getOrSet('k', down, STALE)).rejects.toBeInstanceOf(Unreachable);
  });
});

/** A cache whose back tier answers after 100 ms, with a stale 'old' under 'k'; calls have to be given that time. */
async function slowly() {
  const fleet = new Fleet();
  const slow = chaos(fleet.server.connect(), { clock: fleet.clock });
  const backend = tiered([memory({ clock: fleet.clock }), slow]);
  const cache: Cache = createCache({ backend, clock: fleet.clock, jitter: 0, bus: fleet.hub.connect() });
  await cache.set('k', 'old', { ttl: '1h', staleIfError: '1d' });
  await fleet.clock.advance('1h');
  slow.controls.delay(100, 'delete');
  slow.controls.delay(100, 'set');
  return { cache, clock: fleet.clock };
}

describe('an answer of the source, while the back tier is slow to remove the stale value', () => {
  const call = (cache: Cache, load: () => Promise<string>, options: GetOrSetOptions<string> = STALE) =>
    cache.getOrSet('k', load, options).catch((error: unknown) => error);

  it('is remembered at once', async () => {
    const { cache, clock } = await slowly();
    const source = jest.fn(missing);
    const error = await call(cache, source);
    expect(await call(cache, source)).toBe(error);
    await clock.advance(200);
    expect(await call(cache, source)).toBe(error);
    expect(source).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['a delete', (cache) => cache.delete('k')],
    ['a tag', (cache) => cache.invalidateTags(['t'])],
    ['a clear', (cache) => cache.clear()],
  ])('is forgotten by %s that comes later', async (_what, end) => {
    const { cache, clock } = await slowly();
    const options = { ...STALE, tags: ['t'] };
    expect(await call(cache, missing, options)).toBeInstanceOf(NotFound);
    await clock.advance(200);
    const ended = end(cache);
    await clock.advance(200);
    await ended;
    expect(await call(cache, async () => 'there', options)).toBe('there');
  });

  it('takes nothing away that is set meanwhile', async () => {
    const { cache, clock } = await slowly();
    expect(await call(cache, missing)).toBeInstanceOf(NotFound);
    await clock.advance(10);
    const set = cache.set('k', 'set');
    await clock.advance(300);
    await set;
    expect(await call(cache, missing)).toBe('set');
  });

  it('takes nothing away that was being set when it came', async () => {
    const { cache, clock } = await slowly();
    const set = cache.set('k', 'set', { ttl: '1h' });
    await clock.advance(10);
    const answer = call(cache, missing);
    await clock.advance(300);
    await Promise.all([set, answer]);
    expect(await call(cache, missing)).toBe('set');
  });
});

it('an error remembered in one process does not keep another one from a stale value', async () => {
  const fleet = new Fleet();
  const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
  const source = gate<string>();
  const waiting = a.cache.getOrSet('k', () => source.promise, STALE).catch((error: unknown) => error);
  await fleet.clock.advance(0);
  await b.cache.set('k', 'old', { ttl: '1h', staleIfError: '1d' });
  source.fail(new NotFound('none'));
  expect(await waiting).toBeInstanceOf(NotFound);
  expect(await b.cache.getOrSet('k', down, STALE)).toBe('old');
});
