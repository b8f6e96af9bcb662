import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cached, configure, getCache, type KeepsakeConfig, resetConfiguration } from 'keepsake';
import { directoryWith, removeDirectories } from './directory.js';

/** What a service under test offers, whichever decorators its class was compiled with. */
export interface Forecasts {
  readonly calls: number;
  predict(city: string, days: { days: number }): Promise<Forecast>;
}

export interface Forecast {
  readonly city: string;
  readonly at: Date;
  readonly degrees: ReadonlyMap<number, number>;
}

/** What the service computes. */
export function forecast(city: string, { days }: { days: number }): Forecast {
  return {
    city,
    at: new Date(1_700_000_000_000),
    degrees: new Map(Array.from({ length: days }, (_, day) => [day, 20 + day])),
  };
}

type Backends = NonNullable<KeepsakeConfig['backends']>;

/** The stacks that one service runs under. */
const STACKS: Readonly<Record<string, (backends: Backends) => readonly string[]>> = {
  memory: () => ['memory'],
  file: () => ['file'],
  redis: () => ['redis'],
  tiered: () => ['memory', 'file', 'redis'],
};

/** Declares what must hold of a decorated service under every config, made anew for each. */
export function serviceUnderEveryConfig(create: () => Forecasts): void {
  afterEach(async () => {
    await resetConfiguration();
    removeDirectories();
  });

  describe.each(Object.keys(STACKS))('under a config of %s', (stack) => {
    const namespace = `test-${randomUUID()}`;

    function configureStack(directory: string): void {
      const backends: Backends = {
        memory: { type: 'memory' },
        file: { type: 'file', directory: join(directory, 'values') },
        redis: { type: 'redis' }, // at REDIS_URL
      };
      configure({
        namespace,
        profiles: { predictions: '2h' },
        backends,
        caches: {
          default: {
            tiers: [...(STACKS[stack]?.(backends) ?? [])],
            ttl: 'profile:predictions',
            timeout: '5s',
          },
        },
      });
    }

    it('loads once, serves the same value, and is invalidated', async () => {
      configureStack(directoryWith());
      const service = create();
      const first = await service.predict('Bern', { days: 3 });
      const second = await service.predict('Bern', { days: 3 });
      expect([second, service.calls]).toEqual([forecast('Bern', { days: 3 }), 1]);
      expect(second).toEqual(first);
      await service.predict('Bern', { days: 4 });
      expect(service.calls).toBe(2);
      // A tier that takes its time to store: the second call may still have joined the first one's flight.
      const { loads, hits, coalesced } = getCache().stats();
      expect([loads, hits + coalesced]).toEqual([2, 1]);
      expect(
        getCache()
          .stats()
          .tiers.map(({ errors }) => errors),
      ).toEqual(
        getCache()
          .stats()
          .tiers.map(() => 0),
      );
      await getCache().clear();
      await service.predict('Bern', { days: 3 });
      expect(service.calls).toBe(3);
      await getCache().clear();
    });

    if (stack === 'memory') return;
    it('still has the value after a restart', async () => {
      const directory = directoryWith();
      configureStack(directory);
      const before = create();
      await before.predict('Bern', { days: 3 });
      await resetConfiguration();
      configureStack(directory);
      const after = cached(async () => 'never', { id: 'other', ttl: '1m' });
      const service = create();
      expect(await service.predict('Bern', { days: 3 })).toEqual(forecast('Bern', { days: 3 }));
      expect([service.calls, await after()]).toEqual([0, 'never']);
      await getCache().clear();
    });
  });
}
