import type { Acquired, Awaitable, Backend, Clock, Entry, SetCondition } from '@keepsake/core';
import { CacheConnectionError, shifted, systemClock } from '@keepsake/core';

/** How a request to the shared tier travels; a test decides when it arrives and when its answer does. */
export type Travel = <T>(operation: string, key: string | undefined, work: () => T) => Awaitable<T>;

export interface SharedMemoryOptions {
  /** The server's own clock. Entries carry its time; every connection translates. @default systemClock */
  readonly clock?: Clock;
}

export interface ConnectionOptions {
  /** The clock of the process that connects. @default the server's */
  readonly clock?: Clock;
  /** How requests travel. @default at once */
  readonly travel?: Travel;
  readonly name?: string;
}

/** A reference back tier: one store, many connections. */
export interface SharedMemory {
  /** A backend over the shared store, for one cache. */
  connect(options?: ConnectionOptions): Backend;
  /** From now on every request is refused (`'down'`), or applied and its answer lost (`'mute'`); `undefined` heals. */
  fault(kind: 'down' | 'mute' | undefined): void;
  /** Forgets a stored key without telling anybody: eviction for room. */
  evict(key: string): void;
  /** How many live entries the store holds. */
  readonly size: number;
}

interface Lease {
  readonly token: string;
  expiresAt: number;
  /** Somebody was told that it is held. */
  awaited?: true;
}

/**
 * The reference for what a shared back tier has to do: leases, conditional writes, counters, a clock of its own, and
 * faults on demand. Several caches of one process share it as several processes share a server.
 *
 * @example
 * ```ts
 * import { createCache, localBus, memory, tiered } from 'keepsake';
 * import { sharedMemory } from '@keepsake/testing';
 * const server = sharedMemory();
 * const bus = localBus();
 * const node = () => createCache({ backend: tiered([memory(), server.connect()]), bus: bus.connect() });
 * const [a, b] = [node(), node()];
 * await a.set('user:42', 'Ada');
 * await b.get('user:42'); // 'Ada'
 * ```
 */
export function sharedMemory(options: SharedMemoryOptions = {}): SharedMemory {
  const store = new Store(options.clock ?? systemClock);
  let fault: 'down' | 'mute' | undefined;
  return {
    connect: (connection = {}) => connect(store, connection, () => fault),
    fault(kind) {
      fault = kind;
    },
    evict: (key) => store.evict(key),
    get size() {
      return [...store.keys('')].length;
    },
  };
}

function connect(
  store: Store,
  options: ConnectionOptions,
  fault: () => 'down' | 'mute' | undefined,
): Backend {
  const name = options.name ?? 'shared';
  const travel = options.travel ?? ((_operation, _key, work) => work());
  const offset = (): number => store.clock.now() - (options.clock ?? store.clock).now();
  const inward = (entry: Entry): Entry => shifted(entry, offset());
  const outward = (entry: Entry | undefined): Entry | undefined => entry && shifted(entry, -offset());

  const ask = <T>(operation: string, key: string | undefined, work: () => T): Awaitable<T> =>
    travel(operation, key, () => {
      const kind = fault();
      if (kind === 'down') throw unreachable(name, kind);
      const answer = work();
      if (kind === 'mute') throw unreachable(name, kind);
      return answer;
    });

  return {
    name,
    get: (key) => ask('get', key, () => outward(store.get(key))),
    set: (key, entry) => ask('set', key, () => store.set(key, inward(entry))),
    delete: (key) => ask('delete', key, () => store.delete(key)),
    clear: (prefix = '') => ask('clear', prefix, () => store.clear(prefix)),
    async *keys(prefix = '') {
      yield* await ask('keys', prefix, () => [...store.keys(prefix)]);
    },
    async *occupied(prefix = '') {
      yield* await ask('occupied', prefix, () => [...store.occupied(prefix)]);
    },
    getMany: (keys) => ask('getMany', undefined, () => keys.map((key) => outward(store.get(key)))),
    setMany: (items) =>
      ask('setMany', undefined, () => {
        for (const [key, entry] of items) store.set(key, inward(entry));
      }),
    deleteMany: (keys) => ask('deleteMany', undefined, () => keys.map((key) => store.delete(key))),
    touch: (key, staleAt, expiresAt) =>
      ask('touch', key, () => store.touch(key, staleAt + offset(), expiresAt + offset())),
    setIf: (key, entry, condition) => ask('setIf', key, () => store.setIf(key, inward(entry), condition)),
    increment: (key, by, ttl) => ask('increment', key, () => store.increment(key, by, ttl)),
    ping: () => ask('ping', undefined, () => undefined),
    sweep: () => ask('sweep', undefined, () => store.sweep()),
    info: () => ask('info', undefined, () => ({ size: [...store.keys('')].length })),
    acquire: (key, token, ttl, refresh) =>
      ask('acquire', key, (): Acquired => {
        const acquired = store.acquire(key, token, ttl, refresh);
        return 'entry' in acquired ? { entry: shifted(acquired.entry, -offset()) } : acquired;
      }),
    fill: (key, entry, token) => ask('fill', key, () => store.fill(key, inward(entry), token)),
    renew: (key, token, ttl) => ask('renew', key, () => store.renew(key, token, ttl)),
    release: (key, token) => ask('release', key, () => store.release(key, token)),
    close: () => undefined,
  };
}

/** The server: everything happens in one step, in the order in which requests arrive. */
class Store {
  readonly clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #leases = new Map<string, Lease>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || this.clock.now() < entry.expiresAt) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, entry: Entry): void {
    this.#leases.delete(key);
    this.#entries.set(key, entry);
  }

  delete(key: string): boolean {
    this.#leases.delete(key);
    const was = this.get(key) !== undefined;
    this.#entries.delete(key);
    return was;
  }

  evict(key: string): void {
    this.#entries.delete(key);
  }

  clear(prefix: string): void {
    for (const map of [this.#entries, this.#leases]) {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
    }
  }

  *keys(prefix: string): Iterable<string> {
    for (const key of this.#entries.keys()) {
      if (listed(key, prefix) && this.get(key)) yield key;
    }
  }

  *occupied(prefix: string): Iterable<string> {
    yield* this.keys(prefix);
    for (const [key, lease] of this.#leases) {
      if (listed(key, prefix) && this.clock.now() < lease.expiresAt && !this.get(key)) yield key;
    }
  }

  touch(key: string, staleAt: number, expiresAt: number): boolean {
    const entry = this.get(key);
    if (!entry) return false;
    // What is being loaded would undo it.
    this.set(key, { ...entry, staleAt, expiresAt });
    return true;
  }

  setIf(key: string, entry: Entry, condition: SetCondition): boolean {
    if ((this.get(key) === undefined) !== (condition === 'absent')) return false;
    this.set(key, entry);
    return true;
  }

  increment(key: string, by: number, ttl = Number.POSITIVE_INFINITY): number {
    const now = this.clock.now();
    const there = this.get(key) ?? { value: 0, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
    const value = Number(there.value) + by;
    this.#entries.set(key, { ...there, value });
    return value;
  }

  sweep(): number {
    const before = this.#entries.size;
    for (const key of this.#entries.keys()) this.get(key);
    return before - this.#entries.size;
  }

  acquire(key: string, token: string, ttl: number, refresh?: 'refresh'): Acquired {
    const entry = this.get(key);
    if (entry && !refresh) return { entry };
    const lease = this.#leases.get(key);
    if (lease && this.clock.now() < lease.expiresAt && lease.token !== token) {
      lease.awaited = true;
      return { held: true };
    }
    const awaited = this.#holds(key, token)?.awaited;
    const expiresAt = this.clock.now() + ttl;
    this.#leases.set(key, awaited ? { token, expiresAt, awaited } : { token, expiresAt });
    return { granted: true };
  }

  fill(key: string, entry: Entry, token: string): boolean | 'awaited' {
    const lease = this.#holds(key, token);
    if (!lease) return false;
    this.set(key, entry);
    return lease.awaited ? 'awaited' : true;
  }

  renew(key: string, token: string, ttl: number): boolean {
    const lease = this.#holds(key, token);
    if (lease) lease.expiresAt = this.clock.now() + ttl;
    return lease !== undefined;
  }

  release(key: string, token: string): boolean {
    const lease = this.#holds(key, token);
    if (lease) this.#leases.delete(key);
    return lease?.awaited === true;
  }

  #holds(key: string, token: string): Lease | undefined {
    const lease = this.#leases.get(key);
    return lease?.token === token && this.clock.now() < lease.expiresAt ? lease : undefined;
  }
}

function listed(key: string, prefix: string): boolean {
  return key.startsWith(prefix) && (prefix.startsWith('\0') || !key.startsWith('\0'));
}

function unreachable(tier: string, kind: 'down' | 'mute'): CacheConnectionError {
  return new CacheConnectionError(`${tier}: the server is ${kind}.`, { tier });
}
