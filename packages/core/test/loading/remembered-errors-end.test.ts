import type { Cache, Handle } from '@keepsake/core';
import { Fleet, gate, within } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { NotFound, REMEMBERED } from './not-found.js';

const missing = (): Promise<string> => Promise.reject(new NotFound('none'));

type Find = Handle<(id: string) => Promise<string>>;

/** What ends the memory of an error, and what a call finds then. */
const ENDS: readonly [string, (cache: Cache, find: Find, key: string) => Promise<unknown>, string][] = [
  ['delete', (cache, _, key) => cache.delete(key), 'loaded'],
  ['deleteMany', (cache, _, key) => cache.deleteMany(['other', key]), 'loaded'],
  ['set', (cache, _, key) => cache.set(key, 'set'), 'set'],
  ['setMany', (cache, _, key) => cache.setMany([{ key, value: 'set' }]), 'set'],
  ['a conditional set', (cache, _, key) => cache.set(key, 'set', { if: 'absent' }), 'set'],
  ['invalidateTags', (cache) => cache.invalidateTags(['team:7']), 'loaded'],
  ['deletePattern', (cache) => cache.deletePattern('find:*'), 'loaded'],
  ['deletePattern by a RegExp', (cache) => cache.deletePattern(/^find/), 'loaded'],
  ['clear', (cache) => cache.clear(), 'loaded'],
  ['delete of the handle', (_, find) => find.delete('a'), 'loaded'],
  ['clear of the handle', (_, find) => find.clear(), 'loaded'],
];

/** `find('a')` of `cache` remembers that there is nothing. */
async function remembering(cache: Cache) {
  const source = jest.fn(missing);
  const policy = { id: 'find', tags: ['team:7'], ...REMEMBERED };
  const find = cache.cached(async (_id: string) => source(), policy);
  await expect(find('a')).rejects.toBeInstanceOf(NotFound);
  await expect(find('a')).rejects.toBeInstanceOf(NotFound);
  expect(source).toHaveBeenCalledTimes(1);
  source.mockResolvedValue('loaded');
  return { find, source, key: find.keyOf('a') };
}

describe('a remembered error', () => {
  it.each(ENDS)('ends at once by %s', async (_what, end, then) => {
    const { cache } = fixture();
    const { find, key } = await remembering(cache);
    await end(cache, find, key);
    expect(await find('a')).toBe(then);
  });

  it.each(ENDS.slice(0, 9))(
    'ends by %s of another process, of which the bus tells',
    async (_what, end, then) => {
      const fleet = new Fleet();
      const [a, b] = [fleet.node(), fleet.node()];
      const { find, key } = await remembering(a.cache);
      await end(b.cache, find, key);
      await fleet.clock.advance(50);
      expect(await find('a')).toBe(then);
    },
  );

  it('ends by a clear of the namespace above', async () => {
    const { cache } = fixture();
    const { find } = await remembering(cache.namespace('users'));
    await cache.clear();
    expect(await find('a')).toBe('loaded');
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['a delete of another key', (cache) => cache.delete('other')],
    ['another tag', (cache) => cache.invalidateTags(['team:8'])],
    ['another pattern', (cache) => cache.deletePattern('search:*')],
    ['a clear of a namespace beside', (cache) => cache.namespace('users').clear()],
  ])('outlives %s', async (_what, other) => {
    const { cache } = fixture();
    const { find, source } = await remembering(cache);
    await other(cache);
    await expect(find('a')).rejects.toBeInstanceOf(NotFound);
    expect(source).toHaveBeenCalledTimes(1);
  });

  it('ends when a refresh finds something', async () => {
    const { cache } = fixture();
    const { find } = await remembering(cache);
    expect(await find.refresh('a')).toBe('loaded');
    expect(await find('a')).toBe('loaded');
  });

  it('ends when another process stores something, not when it finds something for itself', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const { find, key } = await remembering(a.cache);
    await b.cache.getOrSet(key, () => 'found by b', REMEMBERED);
    await expect(find('a')).rejects.toBeInstanceOf(NotFound);
    await b.cache.set(key, 'stored by b');
    expect(await find('a')).toBe('stored by b');
  });

  it('is not remembered at all where the key was deleted during the load', async () => {
    const { cache, clock } = fixture();
    const source = gate<string>();
    const call = cache.getOrSet('k', () => source.promise, REMEMBERED);
    await clock.advance(0);
    await cache.delete('k');
    source.fail(new NotFound('none'));
    await expect(call).rejects.toBeInstanceOf(NotFound);
    expect(await cache.getOrSet('k', () => 'there', REMEMBERED)).toBe('there');
  });

  it.each([
    ['fails', (late: ReturnType<typeof gate<string>>) => late.fail(new NotFound('old news'))],
    ['fails otherwise', (late: ReturnType<typeof gate<string>>) => late.fail(new Error('down'))],
    ['succeeds', (late: ReturnType<typeof gate<string>>) => late.open('old')],
  ])('is not ended by an older load that %s after a delete', async (_how, settle) => {
    const { cache, clock } = fixture();
    const late = gate<string>();
    const old = cache.getOrSet('k', () => late.promise, REMEMBERED);
    await clock.advance(0);
    await cache.delete('k');
    const error = new NotFound('the news');
    await expect(cache.getOrSet('k', () => Promise.reject(error), REMEMBERED)).rejects.toBe(error);
    settle(late);
    await old.catch(() => undefined);
    await clock.advance(0);
    await expect(cache.getOrSet('k', () => 'never', REMEMBERED)).rejects.toBe(error);
  });

  it('is not what a load finds that was not joined any more, because it took too long', async () => {
    const { cache, clock } = fixture();
    const late = gate<string>();
    const old = cache.getOrSet('k', () => late.promise, REMEMBERED);
    await clock.advance('60s');
    expect(await cache.getOrSet('k', () => 'newer', { ...REMEMBERED, ttl: '10s' })).toBe('newer');
    late.fail(new NotFound('old news'));
    expect(await old).toBe('newer');
    await clock.advance('10s');
    expect(await cache.getOrSet('k', () => 'newest', REMEMBERED)).toBe('newest');
  });

  it('is not ended by an older load that took too long and succeeds after all: the error is newer', async () => {
    const { cache, clock } = fixture();
    const late = gate<string>();
    const old = cache.getOrSet('k', () => late.promise, REMEMBERED);
    await clock.advance('60s');
    const error = new NotFound('the news');
    await expect(cache.getOrSet('k', () => Promise.reject(error), REMEMBERED)).rejects.toBe(error);
    late.open('old');
    expect(await old).toBe('old');
    await clock.advance(0);
    await expect(cache.getOrSet('k', () => 'never', REMEMBERED)).rejects.toBe(error);
    await clock.advance('1m');
    expect(await cache.getOrSet('k', () => 'new', REMEMBERED)).toBe('new');
  });

  it('ends by a newer load that is slower and succeeds', async () => {
    const { cache, clock } = fixture();
    const [older, newer] = [gate<string>(), gate<string>()];
    const old = cache.getOrSet('k', () => older.promise, REMEMBERED).catch((error: unknown) => error);
    await clock.advance('60s');
    const call = cache.getOrSet('k', () => newer.promise, REMEMBERED);
    older.fail(new NotFound('old news'));
    expect(await old).toBeInstanceOf(NotFound);
    newer.open('new');
    expect(await call).toBe('new');
    await clock.advance(0);
    expect(await cache.getOrSet('k', () => 'never', REMEMBERED)).toBe('new');
  });

  it('lets the next process ask at once, though an older load of this one goes on', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    void a.cache.getOrSet('k', () => new Promise<string>(() => undefined), REMEMBERED);
    await fleet.clock.advance('60s');
    const error = new NotFound('none');
    await expect(a.cache.getOrSet('k', () => Promise.reject(error), REMEMBERED)).rejects.toBe(error);
    await fleet.clock.advance(0);
    expect(
      await within(
        fleet.clock,
        0,
        b.cache.getOrSet('k', () => 'b', REMEMBERED),
      ),
    ).toBe('b');
  });

  it('leaves nothing behind: its tags do not void the load after it', async () => {
    const { cache, clock } = fixture();
    await expect(cache.getOrSet('k', missing, { ...REMEMBERED, tags: ['old'] })).rejects.toThrow();
    await clock.advance('1m');
    const source = gate<string>();
    const call = cache.getOrSet('k', () => source.promise, { ...REMEMBERED, tags: ['new'] });
    await clock.advance(0);
    await cache.invalidateTags(['old']);
    source.open('v');
    expect(await call).toBe('v');
    await clock.advance(0);
    expect(await cache.get('k')).toBe('v');
  });

  it('belongs to the process: others ask for themselves, one after the other', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    const source = jest.fn(missing);
    for (let times = 0; times < 2; times++) {
      for (const { cache } of [a, b]) {
        await expect(cache.getOrSet('k', source, REMEMBERED)).rejects.toBeInstanceOf(NotFound);
      }
    }
    expect(source).toHaveBeenCalledTimes(2);
  });
});
