import { createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { sharedMemory } from '@keepsake/testing';

describe('set', () => {
  it('says that it stored nothing where the only tier is full', async () => {
    const cache = createCache({ backend: memory({ maxEntries: 1, onFull: 'reject' }) });
    expect(await cache.set('a', 1)).toBe(true);
    expect(await cache.set('b', 2)).toBe(false);
    expect(await cache.get('b')).toBeUndefined();
  });

  it('says that it stored something where one of the tiers did', async () => {
    const server = sharedMemory();
    server.fault('down');
    const cache = createCache({ backend: tiered([memory(), server.connect()]) });
    expect(await cache.set('a', 1)).toBe(true);
    expect(await cache.get('a')).toBe(1);
  });
});
