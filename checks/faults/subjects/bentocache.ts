import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { clusterOf, connectionOf } from './connection.js';
import { HOUR, type Place, type Subject } from './subject.js';

/** Memory, Redis and the bus of Redis, as its page on several tiers shows. */
export function openBentocache({ url, cluster }: Place): Subject {
  const connection = cluster ? clusterOf(cluster) : connectionOf(url);
  const bus = cluster ? new Redis(cluster[0] as string) : connectionOf(url);
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxSize: '10mb' }))
    .useL2Layer(redisDriver({ connection }))
    .useBus(redisBusDriver({ connection: bus }));
  const bento = new BentoCache({ default: 'both', stores: { both: store } });
  const life = ({ ttl = HOUR, tags = [] }: { ttl?: number; tags?: readonly string[] } = {}) => ({
    ttl,
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
  });
  return {
    getOrSet: (key, loader, options) => bento.getOrSet({ key, factory: loader, ...life(options) }),
    set: (key, value, options) => bento.set({ key, value, ...life(options) }),
    delete: (key) => bento.delete({ key }),
    invalidateTag: (tag) => bento.deleteByTag({ tags: [tag] }),
    clear: () => bento.clear(),
    close: () => bento.disconnect(),
  };
}
