import type { ManualClock, SharedMemory } from '@keepsake/testing';
import type { LocalBus } from 'keepsake';
import { type CacheOptions, createCache, memory } from 'keepsake';
import type { Database, Product } from './database.js';
import type { Delays } from './delays.js';
import type { Random } from './random.js';

/** One process of the shop. */
export interface Node {
  /** Answers a request. */
  find(id: number): Promise<Product>;
  /** This process has changed the product in the database. */
  changed(id: number): Promise<unknown>;
}

/** What the processes of one shop share. */
export interface Site {
  readonly clock: ManualClock;
  readonly delays: Delays;
  readonly random: Random;
  readonly database: Database;
  readonly shared: SharedMemory;
  readonly bus: LocalBus;
}

/** How long a product is fresh: what sells all the time is looked up anew, what happens to the others is told by `changed`. */
const ttlOf = (product: Product): '20s' | '4h' => (product.isBestseller ? '20s' : '4h');
const keyOf = (id: number): string => `product:${id}`;

/** Every request is a query. */
export function uncached({ database }: Site): Node {
  return { find: (id) => database.find(id), changed: () => Promise.resolve() };
}

/** Looks into the cache, and asks the database and stores what it says where nothing is there. */
export function lookingAside({ clock, random, database }: Site): Node {
  const cache = createCache({ backend: memory({ clock }), clock, random });
  return {
    async find(id) {
      const there = await cache.get<Product>(keyOf(id));
      if (there) return there;
      const product = await database.find(id);
      await cache.set(keyOf(id), product, { ttl: ttlOf(product) });
      return product;
    },
    changed: (id) => cache.delete(keyOf(id)),
  };
}

/** Leaves the loading to the cache, which goes by `options`. */
export function loadingThrough(
  { clock, random, database }: Site,
  options: Omit<CacheOptions, 'clock' | 'random'>,
): Node {
  const cache = createCache({ ...options, clock, random });
  return {
    find: (id) => cache.getOrSet(keyOf(id), () => database.find(id), { ttl: ttlOf }),
    changed: (id) => cache.delete(keyOf(id)),
  };
}
