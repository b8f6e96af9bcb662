import {
  type Backend,
  type Cache,
  type CacheOptions,
  type Clock,
  createCache,
  type Entry,
  type GetOrSetOptions,
  wrap,
} from '@keepsake/core';
import { createCacheWith } from '../../../core/src/cache/create-cache.js';
import { Epochs, type Fence } from '../../../core/src/tiers/epochs.js';

type Create = (options: CacheOptions) => Cache;

/** Caches that do some things in another way. */
export function altered(change: (cache: Cache, options: CacheOptions) => Partial<Cache>): Create {
  return (options) => {
    const cache = createCache(options);
    const changed: Partial<Record<PropertyKey, unknown>> = change(cache, options);
    return new Proxy(cache, {
      get: (target, name) => {
        const found: unknown = changed[name] ?? Reflect.get(target, name, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  };
}

/** Caches that call by other options than they are told. */
export function calledWith(change: <V>(options: GetOrSetOptions<V>) => GetOrSetOptions<V>): Create {
  return altered((cache) => ({
    getOrSet: (key, loader, options = {}) => cache.getOrSet(key, loader, change(options)),
  }));
}

/** Caches that go by another clock. */
export function onClock(change: (clock: Clock) => Clock): Create {
  return (options) => createCache({ ...options, clock: change(options.clock as Clock) });
}

export function withEpochs(epochs: () => Epochs): Create {
  return (options) => createCacheWith(options, epochs());
}

/** A tier that stores entries otherwise than it is told. */
export function storing(change: (entry: Entry) => Entry | undefined): (front: Backend) => Backend {
  return (front) =>
    wrap(front, {
      set: (key, entry) => {
        const changed = change(entry);
        return changed && front.set(key, changed);
      },
    });
}

/** A tier that does without leases. */
export function withoutLeases(back: Backend): Backend {
  return wrap(back, {
    acquire: undefined,
    fill: undefined,
    renew: undefined,
    release: undefined,
    occupied: undefined,
  });
}

/** Epochs that never end. */
export class NoEpochs extends Epochs {
  override raise(): void {}
  override raiseMatching(): void {}
  override raiseTagged(): void {}
}

/** Epochs that never end for whoever holds them longer than a load lasts. */
export class EndlessHolds extends Epochs {
  override hold(fence: Fence): void {
    super.hold(fence);
    Object.defineProperty(fence, 'raised', { get: () => false, set: () => undefined });
  }
}
