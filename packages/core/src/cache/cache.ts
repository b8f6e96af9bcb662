import type { CachedBatch, CheckBatch, ItemOf, LoadMany, ValueOf } from '../batch/batch-function.js';
import type { BatchPolicy } from '../batch/batch-policy.js';
import { cachedBatch } from '../batch/cached-batch.js';
import { isPending } from '../contract/awaitable.js';
import type { SetCondition } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { CacheConfigError, CacheKeyError } from '../errors.js';
import type { CacheEvents } from '../events/cache-events.js';
import type { Listener } from '../events/emitter.js';
import type { CacheStats } from '../events/stats.js';
import { explain } from '../explain/explain.js';
import type { Explanation } from '../explain/explanation.js';
import type { LoadPlan } from '../flights/load-plan.js';
import type { LoaderContext } from '../flights/loader-context.js';
import { lifeFrom } from '../freshness/life.js';
import { rulesOf } from '../freshness/rules.js';
import { cached } from '../functions/cached.js';
import type { AsyncFunction, CachedFunction, FunctionPolicy } from '../functions/function-policy.js';
import { childPath, prefixesOf, storedKey } from '../keys/namespace-path.js';
import { compilePattern } from '../keys/pattern.js';
import { assertKnownOptions, assertOneOf, assertType, describe } from '../policy/known-options.js';
import { resolveTtl, type Ttl } from '../policy/profiles.js';
import { asTags } from '../tags/tag-names.js';
import { acknowledged } from './acknowledged.js';
import {
  assertFunction,
  assertInvalidateOptions,
  assertItems,
  assertKeys,
  assertPattern,
} from './arguments.js';
import type { Engine } from './engine.js';
import { GetOrSetCall } from './get-or-set.js';
import { ancestors, counterKey, namespaceTag } from './namespaces.js';
import type {
  CacheDefaults,
  CacheEntry,
  GetOrSetOptions,
  InvalidateOptions,
  InvalidateTagsOptions,
  SetOptions,
} from './operations.js';
import { GET_OR_SET_OPTIONS, SET_OPTIONS } from './operations.js';

/**
 * Values under string keys, in a stack of tiers. Made by `createCache`; a namespace of a cache is a `Cache` too.
 *
 * A read never fails because a tier does: a tier that cannot be asked is a miss.
 */
export class Cache {
  /** The encoded names of the namespaces, joined with `/`. */
  readonly path: string;
  /** @internal */
  readonly engine: Engine;
  /** @internal */
  readonly defaults: CacheDefaults;
  readonly #root: boolean;
  readonly #implicitTags: readonly string[];

  /** @internal Use `createCache`. */
  constructor(engine: Engine, path: string, defaults: CacheDefaults, root: boolean) {
    this.engine = engine;
    this.path = path;
    this.defaults = defaults;
    this.#root = root;
    this.#implicitTags = ancestors(path).map(namespaceTag);
  }

  /** The fresh value under `key`, or `undefined`. */
  async get<V>(key: string): Promise<V | undefined> {
    const stored = this.stored(key);
    const entry = this.engine.atHand(stored);
    if (entry) {
      this.engine.frontHit(stored);
      return entry.value as V;
    }
    return (await this.#find(stored))?.value as V | undefined;
  }

  /** The values under `keys`, in order, `undefined` where there is none. One batch per tier. */
  async getMany<V>(keys: readonly string[]): Promise<(V | undefined)[]> {
    this.engine.assertOpen();
    assertKeys('getMany', keys);
    const stored = keys.map((key) => this.stored(key));
    const found = await this.engine.tiers.reader.findMany(stored);
    return found.map((each, i) => {
      if (each) this.engine.hit(stored[i] as string, this.engine.tierName(each.index));
      else this.engine.miss(stored[i] as string);
      return each?.entry.value as V | undefined;
    });
  }

  /**
   * The value under `key`; where there is none, what `loader` resolves to, which is stored. Concurrent callers share one
   * load. The loader's error reaches all of them unchanged, unless a stale value may be served in its place.
   *
   * @throws CacheConfigError if no `ttl` is given and the cache has none
   * @example
   * ```ts
   * import { createCache, memory } from 'keepsake';
   * const cache = createCache({ backend: memory(), ttl: '1h' });
   * const user = await cache.getOrSet('user:42', async () => ({ name: 'Ada' }), { ttl: '5m', staleIfError: '1d' });
   * ```
   */
  getOrSet<V, S = V>(
    key: string,
    loader: (context: LoaderContext<S>) => V | Promise<V>,
    options: GetOrSetOptions<V> = {},
  ): Promise<V> {
    try {
      // With one type for both, a loader that takes its context would leave nothing to infer `V` from.
      const load = loader as (context: LoaderContext<unknown>) => V | Promise<V>;
      return this.call(new GetOrSetCall<V>(this, key, load, options));
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever was thrown, unchanged
      return Promise.reject(error);
    }
  }

  /**
   * Stores `value`. With `if`, only where nothing is (`'absent'`) or something is (`'present'`): atomic where the back
   * tier is shared. `true` if some tier stored it.
   *
   * @throws CacheSerializationError if a byte tier cannot carry the value
   */
  async set(
    key: string,
    value: unknown,
    options: SetOptions & { readonly if?: SetCondition } = {},
  ): Promise<boolean> {
    assertKnownOptions('set', options, [...SET_OPTIONS, 'if']);
    assertOneOf('if', options.if, ['absent', 'present']);
    const stored = this.stored(key);
    const entry = await this.#entry(value, options);
    const written = options.if
      ? await this.engine.tiers.setIf(stored, entry, options.if)
      : await this.engine.tiers.set(stored, entry);
    if (written) this.engine.events.emit('set', { path: this.path, key });
    return written;
  }

  /**
   * Stores many values, one batch per tier.
   *
   * @throws CacheSerializationError if a byte tier cannot carry one of them; none is stored then
   */
  async setMany(
    items: readonly (SetOptions & { readonly key: string; readonly value: unknown })[],
  ): Promise<void> {
    this.engine.assertOpen();
    assertItems(items);
    const entries = items.map(async ({ key, value, ...options }) => {
      const stored = this.stored(key);
      return [stored, await this.#entry(value, options)] as const;
    });
    const ready = await Promise.all(entries);
    if (ready.length > 0) await this.engine.tiers.setMany(ready);
    for (const { key } of items) this.engine.events.emit('set', { path: this.path, key });
  }

  /**
   * `true` if some tier held a live value. No load that runs now will be stored.
   *
   * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
   */
  async delete(key: string, options: InvalidateOptions = {}): Promise<boolean> {
    assertInvalidateOptions('delete', options);
    return (await this.#delete([key], options)) === 1;
  }

  /** How many of `keys` held a live value. */
  async deleteMany(keys: readonly string[], options: InvalidateOptions = {}): Promise<number> {
    this.engine.assertOpen();
    assertKeys('deleteMany', keys);
    assertInvalidateOptions('delete', options);
    return keys.length === 0 ? 0 : this.#delete(keys, options);
  }

  /**
   * Deletes the keys of this namespace that match a pattern or a RegExp; see `docs/keys.md` for patterns. How many there
   * were, each counted once.
   *
   * @throws CacheKeyError if the pattern is not one; CacheInvalidationError with `strict`, if a tier did not acknowledge
   */
  async deletePattern(pattern: string | RegExp, options: InvalidateOptions = {}): Promise<number> {
    this.engine.assertOpen();
    assertPattern(pattern);
    assertInvalidateOptions('deletePattern', options);
    const compiled = compilePattern(pattern);
    const own = storedKey(this.path, '');
    const matches = (key: string): boolean => key.startsWith(own) && compiled.test(key.slice(own.length));
    const source =
      typeof pattern === 'string' ? { pattern } : { pattern: pattern.source, flags: pattern.flags };
    const message = { type: 'pattern', prefix: own, ...source } as const;
    return this.#acknowledged('deletePattern', options, async (unheard) => {
      const { events, tiers } = this.engine;
      const deleted = await tiers.deleteMatching(own + compiled.prefix, matches, message, unheard);
      const keys = deleted.map((key) => key.slice(own.length));
      if (keys.length > 0) events.emit('delete', { path: this.path, keys });
      return keys.length;
    });
  }

  /** Whether a fresh value is there; nothing is counted. */
  async has(key: string): Promise<boolean> {
    const entry = await this.entry(key);
    return entry !== undefined && this.engine.clock.now() < entry.staleAt;
  }

  /** The entry under `key`, fresh or stale, without counting or moving it. */
  async entry<V>(key: string): Promise<CacheEntry<V> | undefined> {
    const found = await this.engine.tiers.reader.findLive(this.stored(key));
    if (!found) return undefined;
    const { value, createdAt, staleAt, expiresAt, tags } = found.entry;
    const named = Object.keys(tags ?? {}).filter((tag) => !tag.startsWith('\0'));
    return { value: value as V, createdAt, staleAt, expiresAt, tags: named };
  }

  /**
   * What `getOrSet(key, …, options)` would meet now, tier by tier, as data and as lines of text. Nothing is loaded, moved,
   * counted or told to listeners; a tier that does not answer costs its timeout.
   *
   * @param options - what the call is given; the stale rules and timeouts among it decide
   * @example
   * ```ts
   * import { createCache, memory } from 'keepsake';
   * const cache = createCache({ backend: memory(), ttl: '1h' });
   * await cache.set('user:42', { name: 'Ada' }, { tags: ['team:7'] });
   * (await cache.explain('user:42')).verdict; // 'hit'
   * await cache.invalidateTags(['team:7']);
   * const { verdict, tiers, lines } = await cache.explain('user:42');
   * verdict; // 'load'
   * tiers[0]?.reason; // "tag 'team:7' was invalidated"
   * lines[0]; // 'user:42: load. A call loads.'
   * ```
   */
  async explain<V>(key: string, options: GetOrSetOptions<V> = {}): Promise<Explanation> {
    assertKnownOptions('explain', options, GET_OR_SET_OPTIONS);
    const { ttl = this.defaults.ttl } = options;
    return explain(this.engine, this.stored(key), {
      ...rulesOf(options, this.defaults.rules),
      ttl: ttl === undefined || typeof ttl === 'function' ? undefined : this.milliseconds(ttl),
    });
  }

  /**
   * Makes a live entry fresh for `ttl` from now; stale rules count from there. `false` if there is none, or one of its tags
   * was invalidated softly: only a load is newer than that.
   */
  async touch(key: string, ttl: Ttl): Promise<boolean> {
    const stored = this.stored(key);
    const life = this.milliseconds(ttl);
    if (!(await this.engine.tiers.reader.findLive(stored))) return false;
    return this.engine.tiers.freshen(stored, this.engine.clock.now() + life);
  }

  /**
   * Makes a live entry stale: the next read loads again, and stale rules count from now. `false` if there is none. An
   * entry that was stored without a stale rule lives on as long as it was fresh. A tier that cannot mark it loses it.
   *
   * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
   */
  async markStale(key: string, options: InvalidateOptions = {}): Promise<boolean> {
    const stored = this.stored(key);
    assertInvalidateOptions('markStale', options);
    const found = await this.engine.tiers.reader.findLive(stored);
    // A tier that does not answer may hold one.
    if (!found && !options.strict) return false;
    const marked = await this.#acknowledged('markStale', options, async (unheard) =>
      this.engine.tiers.markStale(stored, this.engine.clock.now(), unheard),
    );
    return found !== undefined && marked;
  }

  /**
   * Makes every entry with one of `tags` a miss, however many there are, in all namespaces of the cache. With `soft` they
   * are stale instead: the next read loads again, and stale rules may serve the old value, counted from now and never
   * beyond the entry's own life. A tier that others share can do that if it grants leases and answers; otherwise they are
   * misses after all.
   *
   * @throws CacheInvalidationError with `strict`, if a tier did not acknowledge
   * @example
   * ```ts
   * import { createCache, memory } from 'keepsake';
   * const cache = createCache({ backend: memory(), ttl: '1h', staleIfError: '1h' });
   * await cache.set('user:42', { name: 'Ada' }, { tags: ['team:7'] });
   * await cache.invalidateTags(['team:7'], { soft: true });
   * await cache.get('user:42'); // undefined
   * const failing = async (): Promise<{ name: string }> => {
   *   throw new Error('down');
   * };
   * await cache.getOrSet('user:42', failing); // { name: 'Ada' }
   * ```
   */
  async invalidateTags(tags: readonly string[], options: InvalidateTagsOptions = {}): Promise<void> {
    this.engine.assertOpen();
    assertInvalidateOptions('invalidateTags', options, 'soft');
    assertType('soft', options.soft, 'boolean');
    const names = asTags(tags);
    await this.#acknowledged(`tags ${tags.join(', ')}`, options, async (unheard) => {
      if (!(await this.engine.invalidateTags(names, options.soft))) unheard();
      this.engine.events.emit('invalidate', { path: this.path, tags });
    });
  }

  /**
   * Adds to a counter; it is created as 0 and lives `ttl` from its creation. Atomic where the back tier is shared.
   * Counters have keys of their own: no `get` sees one, `increment(key, 0)` reads it, its `ttl` or `clear` ends it.
   *
   * @throws CacheError if the sum would not be exact; a tier that fails is an error too, since 0 would be a guess
   */
  async increment(key: string, by = 1, options: { readonly ttl?: Ttl } = {}): Promise<number> {
    assertKnownOptions('increment', options, ['ttl']);
    const stored = this.stored(key);
    if (!Number.isSafeInteger(by)) {
      throw new CacheConfigError(`increment: ${describe(by)} cannot be added. Allowed: a whole number.`);
    }
    const ttl = options.ttl === undefined ? undefined : this.milliseconds(options.ttl);
    return this.engine.tiers.increment(counterKey(stored), by, ttl);
  }

  /** Removes every entry of this namespace and the ones inside it. No load that runs now will be stored. */
  async clear(options: InvalidateOptions = {}): Promise<void> {
    this.engine.assertOpen();
    assertInvalidateOptions('clear', options);
    await this.#acknowledged('clear', options, async (unheard) => {
      if (!(await this.engine.invalidateTags([namespaceTag(this.path)]))) unheard();
      for (const prefix of prefixesOf(this.path)) {
        await this.engine.tiers.clear(prefix, unheard);
        await this.engine.tiers.clear(counterKey(prefix), unheard);
      }
      this.engine.events.emit('clear', { path: this.path });
    });
  }

  /** A cache inside this one, with keys of its own. */
  namespace(name: string): Cache {
    assertType('namespace', name, 'string');
    return new Cache(this.engine, childPath(this.path, name), this.defaults, false);
  }

  /** Wraps a function so that its results live in this cache; see `cached`. */
  cached<F extends AsyncFunction>(
    fn: F,
    policy: Ttl | Omit<FunctionPolicy<F>, 'cache'> = {},
  ): CachedFunction<F> {
    const own = typeof policy === 'object' ? policy : { ttl: policy };
    return cached(fn, { ...own, cache: this } as FunctionPolicy<F>);
  }

  /** Wraps a function that loads many items at once, so that the items live in this cache; see `cachedBatch`. */
  cachedBatch<L extends LoadMany>(
    loadMany: L & CheckBatch<L>,
    policy: Ttl | Omit<BatchPolicy<ItemOf<L>, ValueOf<L>>, 'cache'> = {},
  ): CachedBatch<L> {
    const own = typeof policy === 'object' ? policy : { ttl: policy };
    return cachedBatch(loadMany, { ...own, cache: this } as BatchPolicy<ItemOf<L>, ValueOf<L>>);
  }

  /** What happened since the last `resetStats`, in all namespaces of the cache. */
  stats(): CacheStats {
    return this.engine.stats();
  }

  resetStats(): void {
    this.engine.resetStats();
  }

  /** Drops what has expired, from tiers that can. How many entries that were. */
  async sweep(): Promise<number> {
    this.engine.assertOpen();
    return this.engine.tiers.sweep();
  }

  /** Calls `listener` for every event of a type. The function that ends that. */
  on<K extends keyof CacheEvents>(type: K, listener: Listener<CacheEvents[K]>): () => void {
    assertFunction('listener', listener);
    return this.engine.events.on(type, listener);
  }

  /** Refuses new work, drains what runs, closes the bus and the tiers. Of a namespace: nothing. */
  async close(): Promise<void> {
    if (this.#root) await this.engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal The one way of a call: a fresh value of the front tier, or what its flights answer. */
  call<V>(plan: LoadPlan<V>): Promise<V> {
    const { engine } = this;
    const entry = plan.refresh ? undefined : engine.atHand(plan.key);
    if (!entry) return engine.flights.call(plan);
    engine.frontHit(plan.key);
    if (plan.rules.earlyRefresh !== undefined) engine.flights.refreshIfDue(plan, entry);
    return Promise.resolve(entry.value as V);
  }

  /** @internal `tags` and those that every entry of this namespace has. */
  tags(tags: readonly string[] = []): readonly string[] {
    return tags.length === 0 ? this.#implicitTags : [...this.#implicitTags, ...new Set(asTags(tags))];
  }

  /** @internal The stored key; @throws CacheKeyError if `key` is no text */
  stored(key: string): string {
    this.engine.assertOpen();
    if (typeof key !== 'string') {
      throw new CacheKeyError(`key: ${describe(key)} was given. Allowed: a text.`);
    }
    return storedKey(this.path, key);
  }

  /** @internal */
  milliseconds(ttl: Ttl, option?: string): number {
    return resolveTtl(ttl, this.defaults.profiles, option);
  }

  async #find(stored: string): Promise<Entry | undefined> {
    const found = await this.engine.tiers.reader.find(stored);
    if (found) this.engine.hit(stored, this.engine.tierName(found.index));
    else this.engine.miss(stored);
    return found?.entry;
  }

  async #entry(value: unknown, options: SetOptions): Promise<Entry> {
    const { ttl: given = this.defaults.ttl ?? 'forever' } = options;
    const ttl = this.milliseconds(given);
    const versions = this.engine.markers.read(this.tags(options.tags));
    const tags = isPending(versions) ? await versions : versions;
    const { clock, random } = this.engine;
    return { value, ...lifeFrom(clock.now(), ttl, rulesOf(options, this.defaults.rules), random()), tags };
  }

  async #delete(keys: readonly string[], options: InvalidateOptions): Promise<number> {
    const stored = keys.map((key) => this.stored(key));
    return this.#acknowledged('delete', options, async (unheard) => {
      const deleted = await this.engine.tiers.deleteMany(stored, unheard);
      this.engine.events.emit('delete', { path: this.path, keys });
      return new Set(keys.filter((_, i) => deleted[i])).size;
    });
  }

  #acknowledged<T>(
    what: string,
    options: InvalidateOptions,
    work: (unheard: () => void) => Promise<T>,
  ): Promise<T> {
    return acknowledged(what, this.engine.events, options, work);
  }
}
