import { type Awaitable, type Backend, type Bus, CacheClosedError, CacheConfigError } from '@keepsake/core';
import { LazyBus } from './lazy-bus.js';

/** The capabilities that a backend may have before it is there. */
type LazyCapability =
  | 'getMany'
  | 'setMany'
  | 'deleteMany'
  | 'touch'
  | 'setIf'
  | 'increment'
  | 'info'
  | 'ping'
  | 'sweep'
  | 'acquire'
  | 'fill'
  | 'renew'
  | 'release'
  | 'occupied'
  | 'bus';

/** What is known of a backend before it is loaded. */
export interface LazyOptions {
  readonly name: string;
  readonly load: () => Promise<Backend>;
  /** The optional methods that the loaded backend will have: a stack looks for them when it is built. */
  readonly has: readonly LazyCapability[];
}

/**
 * A backend that is loaded at its first use. A load that fails fails that call, is reported once, and is tried again
 * by the next call.
 */
export function lazyBackend({ name, load, has }: LazyOptions): Backend {
  const inner = new Loading(name, load, has);
  const backend: Backend = {
    name,
    get: (key) => inner.ask((it) => it.get(key)),
    set: (key, entry) => inner.ask((it) => it.set(key, entry)),
    delete: (key) => inner.ask((it) => it.delete(key)),
    clear: (prefix) => inner.ask((it) => it.clear(prefix)),
    keys: (prefix) => inner.list((it) => it.keys(prefix)),
    close: () => inner.close(),
  };
  const optional = Object.entries(capabilities(inner)).filter(([method]) =>
    (has as readonly string[]).includes(method),
  );
  return Object.assign(backend, Object.fromEntries(optional));
}

/** Each is called only where `has` names it, and the load has checked that the backend has what `has` names. */
function capabilities(inner: Loading): Pick<Required<Backend>, LazyCapability> {
  return {
    getMany: (keys) => inner.ask((it) => it.getMany?.(keys) ?? []),
    setMany: (items) => inner.ask((it) => it.setMany?.(items)),
    deleteMany: (keys) => inner.ask((it) => it.deleteMany?.(keys) ?? []),
    touch: (key, staleAt, expiresAt) => inner.ask((it) => it.touch?.(key, staleAt, expiresAt) ?? false),
    setIf: (key, entry, condition) => inner.ask((it) => it.setIf?.(key, entry, condition) ?? false),
    increment: (key, by, ttl) => inner.ask((it) => it.increment?.(key, by, ttl) ?? 0),
    info: () => inner.ask((it) => it.info?.() ?? {}),
    ping: () => inner.ask((it) => it.ping?.()),
    sweep: () => inner.ask((it) => it.sweep?.() ?? 0),
    acquire: (key, token, ttl, refresh) =>
      inner.ask((it) => it.acquire?.(key, token, ttl, refresh) ?? { unavailable: true }),
    fill: (key, entry, token) => inner.ask((it) => it.fill?.(key, entry, token) ?? false),
    renew: (key, token, ttl) => inner.ask((it) => it.renew?.(key, token, ttl) ?? false),
    release: (key, token) => inner.ask((it) => it.release?.(key, token) ?? false),
    bus: (channel) => new LazyBus(`${inner.name} bus`, () => inner.busOf(channel)),
    occupied: (prefix) => inner.list((it) => it.occupied?.(prefix) ?? it.keys(prefix)),
  };
}

/** A backend on its way. */
class Loading {
  readonly name: string;
  readonly #load: () => Promise<Backend>;
  readonly #has: readonly LazyCapability[];
  #loading: Promise<Backend> | undefined;
  #loaded: Backend | undefined;
  #reported = false;
  #closed = false;

  constructor(name: string, load: () => Promise<Backend>, has: readonly LazyCapability[]) {
    this.name = name;
    this.#load = load;
    this.#has = has;
  }

  ask<T>(question: (backend: Backend) => Awaitable<T>): Awaitable<T> {
    return this.#loaded ? question(this.#loaded) : this.#ready().then(question);
  }

  async *list(question: (backend: Backend) => ReturnType<Backend['keys']>): AsyncGenerator<string> {
    yield* question(this.#loaded ?? (await this.#ready()));
  }

  /** Its bus, once it is there. The load has checked that it has one. */
  async busOf(channel: string): Promise<Bus> {
    const { bus } = this.#loaded ?? (await this.#ready());
    return (bus as NonNullable<Backend['bus']>).call(this.#loaded, channel);
  }

  /** What was never loaded needs no closing. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#loading?.catch(() => undefined))?.close?.();
  }

  #ready(): Promise<Backend> {
    if (this.#closed) return Promise.reject(new CacheClosedError(`${this.name}: the tier is closed.`));
    this.#loading ??= this.#start();
    return this.#loading;
  }

  async #start(): Promise<Backend> {
    try {
      this.#loaded = this.#checked(await this.#load());
      return this.#loaded;
    } catch (error) {
      this.#loading = undefined;
      this.#report(error);
      throw error;
    }
  }

  #checked(backend: Backend): Backend {
    const missing = this.#has.filter((method) => backend[method] === undefined);
    if (missing.length === 0) return backend;
    throw new CacheConfigError(
      `${this.name}: the backend that was loaded lacks ${missing.join(', ')}. Install the same version of all Keepsake packages.`,
    );
  }

  /** The cache goes on without the tier: what is wrong with the installation would show nowhere else. */
  #report(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    console.warn(`keepsake: the tier '${this.name}' is not used: ${(error as Error).message}`);
  }
}
