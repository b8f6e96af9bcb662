import { type Backend, type Bus, type Cache, type CacheOptions, createCache, tiered } from '@keepsake/core';
import { type MemoryBackend, memory } from '@keepsake/memory';
import { type Chaos, chaos, type ManualClock, type SharedMemory } from '@keepsake/testing';
import type { Fault } from './steps.js';

/** What a test may put in the place of a part, to see that it is missed. */
export interface Parts {
  /** @default createCache */
  readonly create?: (options: CacheOptions) => Cache;
  /** @default the memory as it is */
  readonly front?: (front: Backend) => Backend;
  /** @default the shared tier as it is */
  readonly back?: (back: Backend) => Backend;
}

export interface NodeOptions extends Parts {
  readonly clock: ManualClock;
  /** The shared tier; `undefined`: the memory of the node is all there is. */
  readonly server: SharedMemory | undefined;
  readonly bus: Bus | undefined;
  readonly jitter: number;
  readonly random: () => number;
}

/** One process: its cache, its front tier and its way to the server. */
export class Node {
  readonly cache: Cache;
  readonly front: MemoryBackend;
  readonly #wire: Chaos | undefined;

  constructor({ server, bus, create = createCache, front = asItIs, back = asItIs, ...options }: NodeOptions) {
    const { clock } = options;
    // Only what is under way is to have a timer.
    this.front = memory({ clock, sweepEvery: 'forever' });
    this.#wire = server && chaos(server.connect({ travel }), { clock });
    const inFront = front(this.front);
    const backend = this.#wire ? tiered([inFront, back(this.#wire)]) : inFront;
    this.cache = create({ ...options, backend, bus: bus ?? false, duplicateIds: 'replace' });
  }

  /** Whether the shared tier has not acknowledged an invalidation. */
  get owes(): boolean {
    return this.cache.stats().owed > 0;
  }

  /** How the shared tier is for this node from now on. */
  suffer(fault: Fault): void {
    const controls = this.#wire?.controls;
    controls?.calm();
    if (fault === 'down') controls?.down();
    if (fault === 'hanging') controls?.hang();
    if (fault === 'slow') controls?.delay(20);
  }
}

/** No answer of a server comes in the tick of its request. */
async function travel<T>(_operation: string, _key: string | undefined, work: () => T): Promise<T> {
  await Promise.resolve();
  return work();
}

function asItIs(backend: Backend): Backend {
  return backend;
}
