import { fixture } from '../functions/fixture.js';

describe('loads that never end', () => {
  const hang = (): Promise<never> => new Promise(() => undefined);

  it('are let go of when nobody waits for them: there are not ever more of them', async () => {
    const { cache, clock } = fixture({ hardTimeout: 5 });
    for (let round = 0; round < 10; round++) {
      const calls = Array.from({ length: 500 }, (_, i) => cache.getOrSet(`k${round}:${i}`, hang));
      const ended = Promise.allSettled(calls);
      await clock.advance(5);
      await ended;
    }
    expect(cache.engine.flights.size).toBeLessThan(2001);
    expect(await cache.getOrSet('k0:0', async () => 'fresh')).toBe('fresh');
    expect(await cache.get('k0:0')).toBe('fresh');
  });

  it('are kept while somebody waits, however many', async () => {
    const { cache, clock } = fixture();
    const release: ((value: number) => void)[] = [];
    const calls = Array.from({ length: 3000 }, (_, i) =>
      cache.getOrSet(`k${i}`, () => new Promise<number>((resolve) => void release.push(resolve))),
    );
    for (const [i, resolve] of release.entries()) resolve(i);
    expect((await Promise.all(calls)).every((value, i) => value === i)).toBe(true);
    await clock.advance(0);
    expect(await cache.get('k2999')).toBe(2999);
    expect(cache.engine.flights.size).toBe(0);
  });
});
