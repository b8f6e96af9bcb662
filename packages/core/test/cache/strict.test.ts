import { type Cache, createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { Fleet, type Node, within } from './fleet.js';

const HOUR = { ttl: '1h', tags: ['t'] } as const;
const STRICT = { strict: true } as const;

/** Every way to invalidate, of what `filled` leaves. */
const WAYS: readonly [string, (cache: Cache) => Promise<unknown>][] = [
  ['delete', (cache) => cache.delete('k', STRICT)],
  ['delete of what a function has', (cache) => cache.delete(found(cache).keyOf('42'), STRICT)],
  ['deleteMany', (cache) => cache.deleteMany(['k', 'l'], STRICT)],
  ['deletePattern', (cache) => cache.deletePattern('k*', STRICT)],
  ['deletePattern of a RegExp', (cache) => cache.deletePattern(/^k/, STRICT)],
  ['invalidateTags', (cache) => cache.invalidateTags(['t'], STRICT)],
  ['invalidateTags, softly', (cache) => cache.invalidateTags(['t'], { ...STRICT, soft: true })],
  ['markStale', (cache) => cache.markStale('k', STRICT)],
  ['clear', (cache) => cache.clear(STRICT)],
  ['clear of a namespace', (cache) => cache.namespace('users').clear(STRICT)],
  ['clear of a function', (cache) => found(cache).clear(STRICT)],
  ['clear of a batch function', (cache) => foundEach(cache).clear(STRICT)],
];

const found = (cache: Cache) => cache.cached(async (id: string) => id, { id: 'find', ttl: '1h' });
const foundEach = (cache: Cache) =>
  cache.cachedBatch(async (ids: readonly string[]) => [...ids], { id: 'findEach', ttl: '1h' });

describe('a strict invalidation', () => {
  let fleet: Fleet;
  let node: Node;

  beforeEach(async () => {
    fleet = new Fleet();
    node = fleet.node();
    await node.cache.set('k', 'v', HOUR);
    await found(node.cache)('42');
    await foundEach(node.cache)(['42']);
  });

  it.each(WAYS)('by %s resolves while all tiers acknowledge', async (_, invalidate) => {
    await invalidate(node.cache);
    expect(node.cache.stats().owed).toBe(0);
  });

  it.each(WAYS)('by %s rejects while a tier is down, which is owed it', async (_, invalidate) => {
    fleet.server.fault('down');
    await expect(invalidate(node.cache)).rejects.toMatchObject({ code: 'CACHE_INVALIDATION' });
    expect(node.cache.stats().owed).toBeGreaterThan(0);
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    expect(node.cache.stats().owed).toBe(0);
  });

  it.each(WAYS)('by %s rejects when a tier does not answer in time', async (_, invalidate) => {
    node.wire.controls.hang();
    const invalidated = invalidate(node.cache).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await within(fleet.clock, 60_000, invalidated)).toMatchObject({ code: 'CACHE_INVALIDATION' });
  });

  it.each(WAYS)('by %s says why, where the tier answered at once', async (_, invalidate) => {
    fleet.server.fault('down');
    const error: unknown = await invalidate(node.cache).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      tier: 'shared',
      message: expect.stringMatching(/a tier did not acknowledge\. This process is consistent/),
      cause: expect.objectContaining({ message: expect.any(String) }),
    });
  });

  it('gives no failure of a read as its cause', async () => {
    node.wire.controls.fail('get');
    node.wire.controls.fail('delete');
    const failed: string[] = [];
    const reads: Promise<unknown>[] = [];
    node.cache.on('tierError', ({ operation }) => {
      failed.push(operation);
      if (operation === 'delete') reads.push(node.cache.has('other'));
    });
    const error: unknown = await node.cache.delete('k', STRICT).catch((reason: unknown) => reason);
    expect(failed).toEqual(['delete', 'get']);
    expect((error as Error).cause).toMatchObject({
      message: expect.stringContaining('delete was made to fail'),
    });
    await Promise.all(reads);
  });

  it('rejects though this process has nothing under the key: the tier that is down may', async () => {
    node.front.clear();
    fleet.server.fault('down');
    await expect(node.cache.markStale('k', STRICT)).rejects.toMatchObject({ code: 'CACHE_INVALIDATION' });
    fleet.server.fault(undefined);
    await fleet.clock.advance(500);
    expect(await node.cache.entry('k')).toBeUndefined();
  });

  it.each(['delete', 'deleteMany'] as const)(
    'of a pattern rejects though it could be listed, where %s fails',
    async (operation) => {
      if (operation === 'deleteMany') await node.cache.set('k2', 'v', HOUR);
      node.wire.controls.fail(operation);
      await expect(node.cache.deletePattern('k*', STRICT)).rejects.toMatchObject({
        code: 'CACHE_INVALIDATION',
      });
    },
  );

  it('of a pattern rejects though nothing is known to match, where nothing could be listed or cleared', async () => {
    node.front.clear();
    node.wire.controls.fail('occupied');
    node.wire.controls.fail('clear');
    await expect(node.cache.deletePattern('k*', STRICT)).rejects.toMatchObject({
      code: 'CACHE_INVALIDATION',
    });
  });

  it.each(['set', 'clear'] as const)('of a function rejects where only %s fails', async (operation) => {
    node.wire.controls.fail(operation);
    await expect(found(node.cache).clear(STRICT)).rejects.toMatchObject({ code: 'CACHE_INVALIDATION' });
  });

  it('is false where there is nothing to mark', async () => {
    expect(await node.cache.markStale('unknown', STRICT)).toBe(false);
    expect(await node.cache.markStale('k', STRICT)).toBe(true);
    await node.cache.invalidateTags(['t']);
    expect(await node.cache.markStale('k', STRICT)).toBe(false);
  });

  it('knows no other option', async () => {
    const other = { strikt: true } as object;
    const cache = createCache({ backend: memory() });
    for (const refused of [
      () => cache.deletePattern('k*', other),
      () => cache.markStale('k', other),
      () => found(cache).clear(other),
      () => foundEach(cache).clear(other),
    ]) {
      await expect(refused()).rejects.toThrow("there is no option 'strikt'. Allowed: `strict`.");
    }
  });
});
