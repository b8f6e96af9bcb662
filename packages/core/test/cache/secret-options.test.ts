import { inspect } from 'node:util';
import { createCache, milliseconds, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';

const SECRET = 's3cret';
const url = `redis://bob:${SECRET}@h`;
const clock = manualClock();
const backend = memory({ clock });
const cache = createCache({ backend, clock, ttl: '1h' });
const misplaced = url as never;

describe('an error about an option', () => {
  it.each<[string, () => unknown]>([
    ['a backend', () => createCache({ backend: misplaced })],
    ['a bus', () => createCache({ backend, bus: misplaced })],
    ['a ttl', () => createCache({ backend, ttl: misplaced })],
    ['a profile', () => createCache({ backend, profiles: { short: misplaced } })],
    ['the name of a profile', () => cache.milliseconds(`profile:${url}`)],
    ['a flag', () => createCache({ backend, detectRecursion: misplaced })],
    ['one of a few words', () => createCache({ backend, duplicateIds: misplaced })],
    ['all options', () => createCache(misplaced)],
    ['the name of an option', () => createCache({ backend, [url]: 1 } as never)],
    ['a tier', () => tiered([backend, misplaced])],
    ['a duration', () => milliseconds(misplaced, 'ttl')],
    ['a list as a duration', () => milliseconds([url] as never, 'ttl')],
    ['a namespace', () => cache.namespace([url] as never)],
    ['a symbol', () => createCache({ backend: Symbol(url) as never })],
  ])('does not show a URL that was given as %s', (_what, build) => {
    const error = thrown(build);
    expect(error).toMatchObject({ code: 'CACHE_CONFIG' });
    expect(inspect(error)).not.toContain(SECRET);
  });

  it('says that it was a URL, or a text that may hold a password', () => {
    expect(thrown(() => createCache({ backend: misplaced }))).toMatchObject({
      message: expect.stringMatching(/^backend: a URL \(which is not shown\) was given, /),
    });
    expect(thrown(() => createCache({ backend: `bob:${SECRET}@h` as never }))).toMatchObject({
      message: expect.stringMatching(/^backend: a text with '@' \(which is not shown\) was given, /),
    });
    expect(thrown(() => createCache({ backend, [url]: 1 } as never))).toMatchObject({
      message: expect.stringMatching(/^createCache: there is no option a URL \(which is not shown\)\./),
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['set', () => cache.set('k', 1, misplaced)],
    ['the tags of set', () => cache.set('k', 1, { tags: misplaced })],
    ['getMany', () => cache.getMany(misplaced)],
    ['setMany', () => cache.setMany(misplaced)],
    ['an item of setMany', () => cache.setMany([{ key: url } as never])],
    ['getOrSet', () => cache.getOrSet('k', misplaced)],
    ['a strict delete', () => cache.delete('k', { strict: misplaced })],
  ])('does not show one in the rejection of %s', async (_what, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CACHE_CONFIG' });
    expect(inspect(error)).not.toContain(SECRET);
  });
});

function thrown(build: () => unknown): unknown {
  try {
    return build();
  } catch (error) {
    return error;
  }
}
