import type { Bus, BusMessage } from '../bus/bus.js';
import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Acquired, Backend, BackendInfo, Pinned, SetCondition } from '../contract/backend.js';
import { type Entry, freshness } from '../contract/entry.js';
import { CacheConfigError } from '../errors.js';
import type { Clock } from '../time/clock.js';
import { systemClock } from '../time/clock.js';
import { Background } from './background.js';
import { Epochs, type Fence } from './epochs.js';
import { Tier, type TierFailure, type TierOptions, unavailable } from './tier.js';
import { WriteOrder } from './write-order.js';

export interface TieredOptions {
  readonly clock?: Clock;
  readonly bus?: Bus;
  readonly epochs?: Epochs;
  /** Whether an entry is still what its tags' markers say; entries that are not are misses. @default always */
  readonly valid?: (entry: Entry) => Awaitable<boolean>;
  /** Called for every failure of a tier. */
  readonly onFailure?: (failure: TierFailure) => void;
}

/** An entry and the place it was found in (0 is the front tier). */
export interface Found {
  readonly entry: Entry;
  readonly index: number;
}

const BRAND = Symbol.for('keepsake.tiered');

/**
 * The one composite: a stack of tiers that is a backend itself. Tier 0 is the front, nearest the caller; the last one
 * is the back, the shared truth.
 *
 * - Reads go front → back; the first fresh entry wins and is copied forward with the life it has left.
 * - Writes and deletes go back → front: a reader in between can only copy forward what is already new.
 * - A write is fenced: what was read before an invalidation of its key is not written after it.
 */
export class Tiered implements Backend {
  readonly name = 'tiered';
  readonly tiers: readonly Tier[];
  readonly epochs: Epochs;
  readonly background = new Background();
  readonly acquire: NonNullable<Backend['acquire']>;
  readonly fill: NonNullable<Backend['fill']>;
  readonly release: NonNullable<Backend['release']>;
  readonly #clock: Clock;
  readonly #bus: Bus | undefined;
  readonly #valid: (entry: Entry) => Awaitable<boolean>;
  readonly #order = new WriteOrder();

  constructor(tiers: readonly TierOptions[], options: TieredOptions = {}) {
    if (tiers.length === 0)
      throw new CacheConfigError('tiered: no tiers were given. Allowed: one or more backends.');
    this.#clock = options.clock ?? systemClock;
    this.#bus = options.bus;
    this.#valid = options.valid ?? (() => true);
    this.epochs = options.epochs ?? new Epochs();
    const report = options.onFailure ?? (() => undefined);
    this.tiers = tiers.map((tier) => new Tier(tier, this.#clock, report));
    Object.defineProperty(this, BRAND, { value: tiers });
    this.acquire = (key, token, ttl, refresh) => this.#lease(key, token, ttl, refresh);
    this.fill = (key, entry, token) => {
      const fence = this.epochs.open(key);
      return chain(this.fillUnder(fence, key, entry, token), (stored) => {
        this.epochs.close(fence);
        return stored;
      });
    };
    this.release = (key, token) => chain(this.back.release(key, token), () => undefined);
  }

  /** The tier that is the shared truth. */
  get back(): Tier {
    return this.tiers[this.tiers.length - 1] as Tier;
  }

  /** The tier nearest the caller. */
  get front(): Tier {
    return this.tiers[0] as Tier;
  }

  get(key: string): Awaitable<Entry | undefined> {
    return chain(this.find(key), (found) => found?.entry);
  }

  /** The first fresh and valid entry, front → back, copied forward. */
  find(key: string): Awaitable<Found | undefined> {
    const fence = this.epochs.open(key);
    const done = (found: Found | undefined): Found | undefined => {
      if (found) this.#copyForward(fence, key, found);
      this.epochs.close(fence);
      return found;
    };
    return chain(this.#walk(key, 0, this.tiers.length, fresh), done);
  }

  /** The first live and valid entry, fresh or stale, without copying it forward. */
  findLive(key: string): Awaitable<Found | undefined> {
    return this.#walk(key, 0, this.tiers.length, live);
  }

  async getMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    return (await this.findMany(keys)).map((found) => found?.entry);
  }

  /** `find` for many keys: one batch per tier for what the tiers before it did not have. */
  async findMany(keys: readonly string[]): Promise<readonly (Found | undefined)[]> {
    const fences = new Map([...new Set(keys)].map((key) => [key, this.epochs.open(key)]));
    const found = new Map<string, Found>();
    for (const [index, tier] of this.tiers.entries()) {
      const missing = [...fences.keys()].filter((key) => !found.has(key));
      if (missing.length === 0) break;
      const answers = await tier.getMany(missing);
      for (const [i, key] of missing.entries()) {
        const entry = answers === unavailable ? undefined : answers[i];
        const usable = entry !== undefined && this.#fresh(entry) && (await this.#valid(entry));
        count(tier, usable);
        if (usable) found.set(key, { entry, index });
      }
    }
    for (const [key, fence] of fences) {
      const there = found.get(key);
      if (there) this.#copyForward(fence, key, there);
      this.epochs.close(fence);
    }
    return keys.map((key) => found.get(key));
  }

  /**
   * @throws CacheSerializationError if a tier cannot carry the value; the key is then gone from all tiers
   */
  set(key: string, entry: Entry): Awaitable<void> {
    return this.#mutate([key], () =>
      this.#backToFront(
        (tier) => this.#setOrUndo(tier, key, entry),
        this.#announce({ type: 'keys', keys: [key] }),
      ),
    );
  }

  setMany(items: readonly (readonly [string, Entry])[]): Awaitable<void> {
    const keys = items.map(([key]) => key);
    return this.#mutate(keys, () =>
      this.#backToFront((tier) => tier.setMany(items), this.#announce({ type: 'keys', keys })),
    );
  }

  /** Stores under a condition that the back tier judges. */
  setIf(key: string, entry: Entry, condition: SetCondition): Awaitable<boolean> {
    return this.#mutate([key], () =>
      chain(this.back.setIf(key, entry, condition), (stored) => {
        if (stored !== true) return false;
        this.#bus?.publish({ type: 'keys', keys: [key] });
        return chain(
          this.#backToFront((tier) => tier.set(key, entry), undefined, this.tiers.length - 2),
          () => true,
        );
      }),
    );
  }

  /** `true` if a reachable tier held a live value. */
  delete(key: string): Awaitable<boolean> {
    return chain(this.deleteMany([key]), ([deleted]) => deleted === true);
  }

  deleteMany(keys: readonly string[]): Awaitable<readonly boolean[]> {
    const deleted = new Set<string>();
    const note = (answers: readonly boolean[] | typeof unavailable): void => {
      if (answers !== unavailable) answers.forEach((was, i) => was && deleted.add(keys[i] as string));
    };
    const each = (tier: Tier): Awaitable<void> =>
      keys.length === 1
        ? chain(tier.delete(keys[0] as string), (was) => note(was === unavailable ? was : [was]))
        : chain(tier.deleteMany(keys), note);
    return this.#mutate(keys, () =>
      chain(this.#backToFront(each, this.#announce({ type: 'keys', keys })), () =>
        keys.map((key) => deleted.has(key)),
      ),
    );
  }

  /** Removes what is under `prefix` from every tier, and keeps what is being loaded from being stored. */
  clear(prefix = ''): Awaitable<void> {
    const under = (key: string): boolean => key.startsWith(prefix);
    this.epochs.raiseMatching(under);
    const physical = (): Awaitable<void> =>
      this.#backToFront((tier) => tier.clear(prefix), this.#announce({ type: 'clear', prefixes: [prefix] }));
    return chain(chain(this.#order.settled(under), physical), () => this.epochs.raiseMatching(under));
  }

  /** The keys of all tiers, each once. */
  async *keys(prefix = ''): AsyncIterable<string> {
    const seen = new Set<string>();
    for (const tier of this.tiers) {
      for await (const key of tier.backend.keys(prefix)) {
        if (seen.has(key)) continue;
        seen.add(key);
        yield key;
      }
    }
  }

  /**
   * Deletes every key under `prefix` that `matches`, and voids the loads of such keys; `message` tells the other
   * processes. The number of keys that held a live value in some tier.
   */
  async deleteMatching(
    prefix: string,
    matches: (key: string) => boolean,
    message: BusMessage,
  ): Promise<number> {
    this.epochs.raiseMatching(matches);
    await this.#order.settled(matches);
    const keys = new Set<string>();
    for (const tier of this.tiers) {
      const listed = await tier.attempt('keys', prefix, () => collect(tier.backend, prefix, matches, keys));
      // What cannot be listed cannot be picked from: rather too much is gone than too little.
      if (listed === unavailable) await tier.clear(prefix);
    }
    const deleted = keys.size > 0 ? await this.deleteMany([...keys]) : [];
    this.#bus?.publish(message);
    this.epochs.raiseMatching(matches);
    return deleted.filter(Boolean).length;
  }

  touch(key: string, staleAt: number, expiresAt: number): Awaitable<boolean> {
    let touched = false;
    return this.#mutate([key], () =>
      chain(
        this.#backToFront(
          (tier) =>
            chain(tier.touch(key, staleAt, expiresAt), (was) => void (touched = was === true || touched)),
          this.#announce({ type: 'keys', keys: [key] }),
        ),
        () => touched,
      ),
    );
  }

  /** Adds to a counter of the back tier; counters are never copied forward. */
  increment(key: string, by: number, ttl?: number): Awaitable<number> {
    const { backend } = this.back;
    if (backend.increment) return backend.increment(key, by, ttl);
    return this.#order.run([key], () =>
      chain(backend.get(key), (there) => {
        const now = this.#clock.now();
        const sum = (typeof there?.value === 'number' ? there.value : 0) + by;
        const end = now + (ttl ?? Number.POSITIVE_INFINITY);
        const life = there ?? { createdAt: now, staleAt: end, expiresAt: end };
        return chain(backend.set(key, { ...life, value: sum }), () => sum);
      }),
    );
  }

  pin(key: string): Pinned | undefined {
    return this.front.backend.pin?.(key);
  }

  async info(): Promise<BackendInfo> {
    return (await this.back.backend.info?.()) ?? {};
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (const { backend } of this.tiers) swept += (await backend.sweep?.()) ?? 0;
    return swept;
  }

  async close(): Promise<void> {
    await this.background.drained();
    for (const tier of this.tiers) await tier.attempt('close', undefined, () => tier.backend.close?.());
  }

  /**
   * Stores what was loaded under `fence` and the lease of `token` (none where the load had none): the back tier first,
   * then forward while the fence stands. `false` if an invalidation came in between.
   */
  fillUnder(fence: Fence, key: string, entry: Entry, token: string | undefined): Awaitable<boolean> {
    return this.#order.run([key], (): Awaitable<boolean> => {
      if (fence.raised) return chain(this.#giveUp(key, token), () => false);
      const stored = this.back.fill(key, entry, token);
      return chain(stored, (answer) => {
        if (answer === false) return false;
        if (answer === true && !this.back.local) this.#bus?.publish({ type: 'filled', key });
        return this.#forward(fence, key, entry, this.tiers.length - 2);
      });
    });
  }

  /** Stores what was loaded without a lease: in front only, and never where other processes look. */
  fillFront(fence: Fence, key: string, entry: Entry): Awaitable<boolean> {
    return this.#order.run([key], () => this.#forward(fence, key, entry, this.tiers.length - 2));
  }

  /** Another process deleted or set `keys`: what stands in front of the shared truth follows. */
  followKeys(keys: readonly string[]): void {
    for (const key of keys) {
      this.background.own(this.#mutate([key], () => this.#inFront((tier) => tier.delete(key))));
    }
  }

  /** Another process deleted what `matches` under `prefix`. */
  followPattern(prefix: string, matches: (key: string) => boolean): void {
    this.epochs.raiseMatching(matches);
    const drop = async (tier: Tier): Promise<void> => {
      const keys = new Set<string>();
      const listed = await tier.attempt('keys', prefix, () => collect(tier.backend, prefix, matches, keys));
      if (listed === unavailable) await tier.clear(prefix);
      else this.followKeys([...keys]);
    };
    this.background.own(this.#inFront(drop));
  }

  /** Another process removed everything under `prefix`, or may have. */
  followClear(prefix: string): void {
    const under = (key: string): boolean => key.startsWith(prefix);
    this.epochs.raiseMatching(under);
    const physical = (): Awaitable<unknown> => this.#inFront((tier) => tier.clear(prefix));
    this.background.own(
      chain(chain(this.#order.settled(under), physical), () => this.epochs.raiseMatching(under)),
    );
  }

  #inFront(step: (tier: Tier) => Awaitable<unknown>): Awaitable<void> {
    const last = this.tiers.length - 1;
    return this.#backToFront(step, undefined, this.back.local ? last : last - 1);
  }

  #walk(
    key: string,
    from: number,
    to: number,
    wanted: (entry: Entry, now: number) => boolean,
  ): Awaitable<Found | undefined> {
    if (from >= to) return undefined;
    const tier = this.tiers[from] as Tier;
    const judged = (entry: Entry | undefined | typeof unavailable): Awaitable<Found | undefined> => {
      const usable =
        entry !== undefined &&
        entry !== unavailable &&
        wanted(entry, this.#clock.now()) &&
        chain(this.#valid(entry), (valid) => valid && { entry, index: from });
      return chain(usable, (found) => {
        count(tier, found !== false);
        return found || this.#walk(key, from + 1, to, wanted);
      });
    };
    return chain(tier.get(key), judged);
  }

  #lease(key: string, token: string, ttl: number, refresh?: 'refresh'): Awaitable<Acquired> {
    const fence = this.epochs.open(key);
    return chain(this.acquireUnder(fence, key, token, ttl, refresh), (acquired) => {
      this.epochs.close(fence);
      return 'found' in acquired ? { entry: acquired.found.entry } : acquired;
    });
  }

  /** The first fresh entry, or the lease of the back tier. */
  acquireUnder(
    fence: Fence,
    key: string,
    token: string,
    ttl: number,
    refresh?: 'refresh',
  ): Awaitable<AcquiredUnder> {
    const last = this.tiers.length - 1;
    const inFront = refresh ? undefined : this.#walk(key, 0, last, fresh);
    return chain(inFront, (found): Awaitable<AcquiredUnder> => {
      if (found) return this.#foundUnder(fence, key, found);
      return chain(this.back.acquire(key, token, ttl, refresh), (acquired): Awaitable<AcquiredUnder> => {
        if (!('entry' in acquired)) {
          count(this.back, false);
          return acquired;
        }
        return chain(this.#fresh(acquired.entry) && this.#valid(acquired.entry), (usable) => {
          count(this.back, usable);
          if (usable) return this.#foundUnder(fence, key, { entry: acquired.entry, index: last });
          return chain(this.back.acquire(key, token, ttl, 'refresh'), refreshed);
        });
      });
    });
  }

  #foundUnder(fence: Fence, key: string, found: Found): AcquiredUnder {
    this.#copyForward(fence, key, found);
    return { found };
  }

  #copyForward(fence: Fence, key: string, found: Found): void {
    if (found.index === 0 || fence.raised) return;
    this.background.own(
      this.#order.run([key], () => this.#forward(fence, key, found.entry, found.index - 1)),
    );
  }

  /** Writes to the tiers from `index` to the front, each only while the fence stands. */
  #forward(fence: Fence, key: string, entry: Entry, index: number): Awaitable<boolean> {
    if (fence.raised) return false;
    if (index < 0) return true;
    const tier = this.tiers[index] as Tier;
    return chain(tier.set(key, entry), () => this.#forward(fence, key, entry, index - 1));
  }

  #giveUp(key: string, token: string | undefined): Awaitable<unknown> {
    return token === undefined ? undefined : this.back.release(key, token);
  }

  /** Runs an invalidating write in the order of its keys. No read that began before its end may be written after it. */
  #mutate<T>(keys: readonly string[], write: () => Awaitable<T>): Awaitable<T> {
    const raise = (): void => {
      for (const key of keys) this.epochs.raise(key);
    };
    raise();
    return this.#order.run(keys, () => settle(write, raise));
  }

  /** Does `step` on each tier in turn, from `from` (the back) to the front; `behind` runs once the first one is done. */
  #backToFront(
    step: (tier: Tier) => Awaitable<unknown>,
    behind?: () => void,
    from = this.tiers.length - 1,
  ): Awaitable<void> {
    if (from < 0) return undefined;
    return chain(step(this.tiers[from] as Tier), () => {
      behind?.();
      return this.#backToFront(step, undefined, from - 1);
    });
  }

  #announce(message: BusMessage): () => void {
    return () => this.#bus?.publish(message);
  }

  /** An explicit set that one tier refuses must leave no tier with another value than the others. */
  #setOrUndo(tier: Tier, key: string, entry: Entry): Awaitable<unknown> {
    return attempted(
      () => tier.store(key, entry),
      (error) => {
        if (tier === this.back) throw error;
        return chain(
          this.#backToFront((each) => each.delete(key)),
          () => {
            throw error;
          },
        );
      },
    );
  }

  #fresh(entry: Entry): boolean {
    return fresh(entry, this.#clock.now());
  }
}

/** What `Tiered.acquireUnder` found: an entry and its place, or what the back tier said of the lease. */
export type AcquiredUnder = { readonly found: Found } | Exclude<Acquired, { entry: Entry }>;

/** A stack of tiers, front first. `createCache` flattens nested ones into its own. */
export function tiered(tiers: readonly (Backend | TierOptions)[], options: TieredOptions = {}): Backend {
  return new Tiered(tiers.flatMap(flattened), options);
}

/** The tiers of a stack, or the backend as the only one. */
export function flattened(backend: Backend | TierOptions): readonly TierOptions[] {
  const tier = 'backend' in backend ? backend : { backend };
  const inner = (tier.backend as { readonly [BRAND]?: readonly TierOptions[] })[BRAND];
  if (!inner) return [tier];
  const limit = tier.maxTtl ?? Number.POSITIVE_INFINITY;
  return inner.map((each) => ({ ...each, maxTtl: Math.min(each.maxTtl ?? Number.POSITIVE_INFINITY, limit) }));
}

function fresh(entry: Entry, now: number): boolean {
  return freshness(entry, now) === 'fresh';
}

function live(entry: Entry, now: number): boolean {
  return freshness(entry, now) !== 'expired';
}

function count(tier: Tier, hit: boolean): void {
  if (hit) tier.hits++;
  else tier.misses++;
}

/** A second answer of the back tier, asked for the lease of an entry that could not be used. */
function refreshed(acquired: Acquired): AcquiredUnder {
  return 'entry' in acquired ? { held: true } : acquired;
}

/** Adds to `keys` what a backend lists under `prefix` and `matches`, leased keys included. */
async function collect(
  backend: Backend,
  prefix: string,
  matches: (key: string) => boolean,
  keys: Set<string>,
): Promise<void> {
  for await (const key of backend.keys(prefix)) if (matches(key)) keys.add(key);
  for await (const key of backend.leased?.(prefix) ?? []) if (matches(key)) keys.add(key);
}

/** Does `work`; an error, thrown or rejected, goes to `failed`. */
function attempted<T>(work: () => Awaitable<T>, failed: (error: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const result = work();
    return isPending(result) ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

/** Does `write`, and `after` whether it succeeds or not. */
function settle<T>(write: () => Awaitable<T>, after: () => void): Awaitable<T> {
  const failed = (error: unknown): never => {
    after();
    throw error;
  };
  return chain(attempted(write, failed), (result) => {
    after();
    return result;
  });
}
