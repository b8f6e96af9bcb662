import type { Acquired, Backend, Clock, Entry, SetCondition } from '@keepsake/core';

/** A backend that answers at once. */
export interface SoundBackend extends Backend {
  get(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  delete(key: string): boolean;
  clear(prefix?: string): void;
  keys(prefix?: string): Iterable<string>;
}

/** The least that is a backend: what a third party would write. */
export function minimalBackend(clock: Clock): SoundBackend {
  const entries = new Map<string, Entry>();
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry && clock.now() < entry.expiresAt ? entry : undefined;
  };
  return {
    name: 'minimal',
    get: live,
    set: (key, entry) => void entries.set(key, entry),
    delete: (key) => {
      const was = live(key) !== undefined;
      entries.delete(key);
      return was;
    },
    clear(prefix = '') {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
    *keys(prefix = '') {
      const internal = prefix.startsWith('\0');
      for (const key of entries.keys()) {
        if (key.startsWith(prefix) && (internal || !key.startsWith('\0')) && live(key)) yield key;
      }
    },
  };
}

/** As `SoundBackend`, with the capabilities too. */
export interface FullBackend extends SoundBackend {
  getMany(keys: readonly string[]): readonly (Entry | undefined)[];
  setMany(items: readonly (readonly [key: string, entry: Entry])[]): void;
  deleteMany(keys: readonly string[]): readonly boolean[];
  touch(key: string, staleAt: number, expiresAt: number): boolean;
  setIf(key: string, entry: Entry, condition: SetCondition): boolean;
  increment(key: string, by: number, ttl?: number): number;
  acquire(key: string, token: string, ttl: number, refresh?: 'refresh'): Acquired;
  fill(key: string, entry: Entry, token: string): boolean | 'awaited';
  renew(key: string, token: string, ttl: number): boolean;
  release(key: string, token: string): boolean;
  occupied(prefix?: string): Iterable<string>;
}

interface Lease {
  readonly token: string;
  until: number;
  awaited?: true;
}

/** A correct backend with every capability but pins, written to be easy to break one promise at a time. */
export function fullBackend(clock: Clock): FullBackend {
  const inner = minimalBackend(clock);
  const leases = new Map<string, Lease>();
  const holds = (key: string, token: string): Lease | undefined => {
    const lease = leases.get(key);
    return lease?.token === token && clock.now() < lease.until ? lease : undefined;
  };
  const backend: FullBackend = {
    ...inner,
    name: 'full',
    set(key, entry) {
      leases.delete(key);
      return inner.set(key, entry);
    },
    delete(key) {
      leases.delete(key);
      return inner.delete(key);
    },
    clear(prefix = '') {
      for (const key of leases.keys()) if (key.startsWith(prefix)) leases.delete(key);
      return inner.clear(prefix);
    },
    getMany: (keys) => keys.map((key) => inner.get(key)),
    setMany(items) {
      for (const [key, entry] of items) backend.set(key, entry);
    },
    deleteMany: (keys) => keys.map((key) => backend.delete(key)),
    touch(key, staleAt, expiresAt) {
      const entry = inner.get(key);
      if (entry) inner.set(key, { ...entry, staleAt, expiresAt });
      return entry !== undefined;
    },
    setIf(key, entry, condition) {
      if ((inner.get(key) === undefined) !== (condition === 'absent')) return false;
      backend.set(key, entry);
      return true;
    },
    increment(key, by, ttl = Number.POSITIVE_INFINITY) {
      const [now, old] = [clock.now(), inner.get(key)];
      const value = Number(old?.value ?? 0) + by;
      inner.set(key, {
        ...(old ?? { createdAt: now, staleAt: now + ttl, expiresAt: now + ttl }),
        value,
      });
      return value;
    },
    info: () => ({ size: [...inner.keys()].length }),
    ping: () => undefined,
    sweep: () => 0,
    close: () => undefined,
    acquire(key, token, ttl, refresh): Acquired {
      const entry = inner.get(key);
      if (entry && !refresh) return { entry };
      const lease = leases.get(key);
      if (lease && clock.now() < lease.until) {
        lease.awaited = true;
        return { held: true };
      }
      leases.set(key, { token, until: clock.now() + ttl });
      return { granted: true };
    },
    fill(key, entry, token) {
      const lease = holds(key, token);
      if (!lease) return false;
      backend.set(key, entry);
      return lease.awaited ? 'awaited' : true;
    },
    renew(key, token, ttl) {
      const lease = holds(key, token);
      if (lease) lease.until = clock.now() + ttl;
      return lease !== undefined;
    },
    release(key, token) {
      const lease = holds(key, token);
      if (lease) leases.delete(key);
      return lease?.awaited === true;
    },
    *occupied(prefix = '') {
      yield* inner.keys(prefix);
      for (const [key, lease] of leases) {
        if (key.startsWith(prefix) && clock.now() < lease.until && !inner.get(key)) yield key;
      }
    },
  };
  return backend;
}
