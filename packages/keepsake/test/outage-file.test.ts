import { join } from 'node:path';
import { type Cache, type CacheEvents, cached, createCache, file, memory, tiered } from 'keepsake';
import { eventually } from '../../../test-support/redis-server.js';
import { directoryWith, removeDirectories } from './directory.js';

afterEach(removeDirectories);

type Failure = CacheEvents['tierError'];

/** A cache whose directory is a file, and what it told of that. */
function broken(stack: 'memory and file' | 'file alone'): { cache: Cache; failures: Failure[] } {
  const disk = file({ directory: join(directoryWith({ taken: '' }), 'taken') });
  const backend = stack === 'file alone' ? disk : tiered([memory(), disk]);
  const cache = createCache({ backend, ttl: '1h' });
  const failures: Failure[] = [];
  cache.on('tierError', (failure) => failures.push(failure));
  return { cache, failures };
}

describe.each(['memory and file', 'file alone'] as const)('%s, with a directory that is a file', (stack) => {
  const inFront = stack === 'memory and file';

  it('loads, keeps in memory what it can, and tells of every failure', async () => {
    const { cache, failures } = broken(stack);
    let loads = 0;
    const find = cached(async (id: string) => `user ${id}, ${++loads}`, { id: 'find', cache });
    expect(await find('42')).toBe('user 42, 1');
    // The flight lands when the tier has heard, or not, of its value.
    await eventually(() => failures.some(({ operation }) => operation === 'delete'), 2000);
    expect(await find('42')).toBe(inFront ? 'user 42, 1' : 'user 42, 2');
    await cache.close();
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({
      tier: 'file',
      operation: 'get',
      error: { cause: { code: 'ENOTDIR' } },
    });
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['get', (cache) => cache.get('k')],
    ['getMany', (cache) => cache.getMany(['k', 'l'])],
    ['set', (cache) => cache.set('k', 1, { tags: ['t'] })],
    ['set if absent', (cache) => cache.set('k', 1, { if: 'absent' })],
    ['set if present', (cache) => cache.set('k', 1, { if: 'present' })],
    ['setMany', (cache) => cache.setMany([{ key: 'k', value: 1 }])],
    ['delete', (cache) => cache.delete('k')],
    ['deleteMany', (cache) => cache.deleteMany(['k', 'l'])],
    ['has', (cache) => cache.has('k')],
    ['entry', (cache) => cache.entry('k')],
    ['touch', (cache) => cache.touch('k', '1m')],
    ['markStale', (cache) => cache.markStale('k')],
    ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
    ['deletePattern', (cache) => cache.deletePattern('k*')],
    ['clear', (cache) => cache.clear()],
    ['sweep', (cache) => cache.sweep()],
    ['close', (cache) => cache.close()],
  ])('%s throws nothing', async (_, work) => {
    const { cache } = broken(stack);
    await work(cache);
    await cache.close();
  });
});
