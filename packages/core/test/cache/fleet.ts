import {
  type Backend,
  type Bus,
  type Cache,
  type CacheEvents,
  type CacheOptions,
  createCache,
  type LocalBus,
  localBus,
  tiered,
} from '@keepsake/core';
import { type MemoryBackend, memory } from '@keepsake/memory';
import {
  type Chaos,
  chaos,
  type ManualClock,
  manualClock,
  type SharedMemory,
  sharedMemory,
} from '@keepsake/testing';

/** One process of a fleet: its cache, its front tier and its way to the server. */
export interface Node {
  readonly cache: Cache;
  readonly front: MemoryBackend;
  readonly wire: Chaos;
}

/** What a node may be told, beside the tiers that it has. */
export type NodeOptions = Partial<Omit<CacheOptions, 'backend' | 'clock'>>;

/** Several processes over one shared tier, on one virtual clock. */
export class Fleet {
  readonly clock: ManualClock = manualClock();
  readonly server: SharedMemory = sharedMemory({ clock: this.clock });
  readonly hub: LocalBus = localBus();

  /** A node on the bus of the fleet, unless `bus` says otherwise. */
  node(options: NodeOptions = {}): Node {
    const bus: Bus | false = options.bus ?? this.hub.connect();
    const front = memory({ clock: this.clock });
    const wire = chaos(this.server.connect(), { clock: this.clock });
    const backend = tiered([front, wire]);
    const cache = createCache({
      duplicateIds: 'replace',
      jitter: 0,
      ...options,
      bus,
      backend,
      clock: this.clock,
    });
    return { cache, front, wire };
  }
}

/** What `work` settles to within `limit` ms of the clock; fails the test if that is not enough. */
export async function within<T>(clock: ManualClock, limit: number, work: Promise<T>): Promise<T> {
  const late = Symbol('late');
  let outcome: Promise<T> | typeof late = late;
  work.then(
    () => {
      outcome = work;
    },
    () => {
      outcome = work;
    },
  );
  await clock.advance(limit);
  if (outcome === late) throw new Error(`still pending after ${limit} ms`);
  return outcome;
}

/** Something that settles when the test says so. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

export function gate<T>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const TYPES = Object.keys({
  hit: 1,
  stale: 1,
  miss: 1,
  coalesced: 1,
  rethrow: 1,
  load: 1,
  loadError: 1,
  set: 1,
  fenced: 1,
  unstorable: 1,
  delete: 1,
  invalidate: 1,
  clear: 1,
  tierError: 1,
  replayed: 1,
  close: 1,
} satisfies Record<keyof CacheEvents, 1>) as (keyof CacheEvents)[];

/** Every event of `cache` from now on, as `[type, event]`. */
export function recorded(cache: Cache): [keyof CacheEvents, object][] {
  const stream: [keyof CacheEvents, object][] = [];
  for (const type of TYPES) cache.on(type, (event) => stream.push([type, event]));
  return stream;
}

/** The smallest backend there can be: the five required methods, every answer a promise. */
export function smallest(clock: ManualClock, name = 'smallest'): Backend {
  const inner = memory({ clock });
  return {
    name,
    get: async (key) => inner.get(key),
    set: async (key, entry) => inner.set(key, entry),
    delete: async (key) => inner.delete(key),
    clear: async (prefix) => inner.clear(prefix),
    async *keys(prefix) {
      yield* inner.keys(prefix);
    },
  };
}

/** Rejections that nobody handles from now on; one of the fleet would be the end of a process. */
export function unhandledRejections(): { readonly seen: unknown[]; readonly stop: () => Promise<unknown[]> } {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  const stop = async (): Promise<unknown[]> => {
    // They are announced between ticks of the platform's own queue.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    return seen;
  };
  return { seen, stop };
}
