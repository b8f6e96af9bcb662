import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { keyOf, ROOM } from '../workload.mjs';

/** As it comes: its memory layer holds JSON, which every hit parses. */
export const bentocache = {
  name: 'bentocache L1',
  packages: ['bentocache'],
  create: (loader) => bentocacheWith(loader, {}),
};

/** Told to hold the objects themselves, as the others do. */
export const bentocacheUnserialised = {
  name: 'bentocache L1, `serialize: false`',
  packages: ['bentocache'],
  create: (loader) => bentocacheWith(loader, { serialize: false }),
};

function bentocacheWith(loader, options) {
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: ROOM, ...options }));
  const cache = new BentoCache({ default: 'memory', stores: { memory: store } });
  return (argument) => cache.getOrSet({ key: keyOf(argument), ttl: '1h', factory: () => loader(argument) });
}
