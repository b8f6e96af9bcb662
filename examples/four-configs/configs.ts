import type { KeepsakeConfig } from 'keepsake';

const profiles = { users: '1h' } as const;

/** The same caches under four configs. `directory` is where entries may be kept. */
export function configsIn(directory: string): Readonly<Record<string, KeepsakeConfig>> {
  return {
    memory: {
      profiles,
      backends: { front: { type: 'memory' } },
      caches: { default: { tiers: ['front'] } },
    },
    file: {
      profiles,
      backends: { disk: { type: 'file', directory } },
      caches: { default: { tiers: ['disk'] } },
    },
    redis: {
      profiles,
      namespace: 'example-four-configs',
      backends: { server: { type: 'redis' } }, // where: REDIS_URL
      caches: { default: { tiers: ['server'], timeout: '5s' } },
    },
    tiered: {
      profiles,
      backends: { front: { type: 'memory', maxEntries: 1000 }, disk: { type: 'file', directory } },
      caches: { default: { tiers: ['front', 'disk'] } },
    },
  };
}
