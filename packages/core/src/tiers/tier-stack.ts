import type { Bus, BusMessage } from '../bus/bus.js';
import { type Awaitable, attempt, chain, settle } from '../contract/awaitable.js';
import type { SetCondition } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { CacheConfigError } from '../errors.js';
import type { Clock } from '../time/clock.js';
import { systemClock } from '../time/clock.js';
import { backToFront } from './back-to-front.js';
import { Background } from './background.js';
import { conditionalSet } from './conditional-set.js';
import { Epochs } from './epochs.js';
import { Fills } from './fills.js';
import { Follower } from './follower.js';
import { increment } from './increment.js';
import type { Validity } from './judgement.js';
import { collectKeys, type KeyMatcher } from './listing.js';
import { Reader } from './reader.js';
import { type Instants, Tier, type TierFailure, type TierOptions, unavailable } from './tier.js';
import { WriteOrder } from './write-order.js';

export interface TierStackOptions {
  readonly clock?: Clock;
  readonly bus?: Bus;
  readonly epochs?: Epochs;
  /** What their tags leave of entries; those of which it leaves nothing are misses. @default themselves */
  readonly valid?: Validity;
  /** Called when a load of this process whose lease others may wait for is over. */
  readonly onSettled?: (key: string) => void;
  /** Called for every failure of a tier. */
  readonly onFailure?: (failure: TierFailure) => void;
}

/**
 * The one composite. Tier 0 is the front, nearest the caller; the last one is the back, the shared truth.
 *
 * - Reads go front → back; the first fresh entry wins and is copied forward with the life it has left.
 * - Writes and deletes go back → front: a reader in between can only copy forward what is already new.
 * - A write is fenced: what was read before an invalidation of its key is not written after it.
 */
export class TierStack {
  readonly tiers: readonly Tier[];
  readonly epochs: Epochs;
  readonly background = new Background();
  readonly #clock: Clock;
  readonly #bus: Bus | undefined;
  readonly #valid: Validity;
  readonly #order = new WriteOrder();
  readonly reader: Reader;
  readonly fills: Fills;
  /** Applies what other processes did. */
  readonly follower: Follower;

  constructor(tiers: readonly TierOptions[], options: TierStackOptions = {}) {
    if (tiers.length === 0)
      throw new CacheConfigError('tiered: no tiers were given. Allowed: one or more backends.');
    this.#clock = options.clock ?? systemClock;
    this.#bus = options.bus;
    this.epochs = options.epochs ?? new Epochs();
    this.#valid = options.valid ?? ((entries) => entries);
    const report = options.onFailure ?? (() => undefined);
    this.tiers = tiers.map((tier) => new Tier(tier, this.#clock, report));
    this.reader = new Reader(this.tiers, this.epochs, this.#order, this.background, this.#clock, this.#valid);
    this.fills = new Fills({
      tiers: this.tiers,
      epochs: this.epochs,
      order: this.#order,
      publish: (message) => this.#bus?.publish(message),
      onSettled: options.onSettled ?? (() => undefined),
    });
    this.follower = new Follower(this.#inFront(), this.epochs, this.#order, this.background);
  }

  /** The tier that is the shared truth. */
  get back(): Tier {
    return this.tiers[this.tiers.length - 1] as Tier;
  }

  /** The tier nearest the caller. */
  get front(): Tier {
    return this.tiers[0] as Tier;
  }

  /**
   * Stores in every tier; `true` if some tier did.
   *
   * @throws CacheSerializationError if a tier cannot carry the value; the key is then gone from all tiers
   */
  set(key: string, entry: Entry): Awaitable<boolean> {
    let stored = false;
    const store = (tier: Tier): Awaitable<void> =>
      chain(this.#setOrUndo(tier, key, entry), (answer) => {
        stored ||= answer === true;
      });
    return this.#mutate([key], () =>
      chain(backToFront(this.tiers, store, this.#announce({ type: 'keys', keys: [key] })), () => stored),
    );
  }

  /**
   * @throws CacheSerializationError if a tier cannot carry one of the values; all keys are then gone from all tiers
   */
  setMany(items: readonly (readonly [string, Entry])[]): Awaitable<void> {
    const keys = items.map(([key]) => key);
    const store = (tier: Tier): Awaitable<unknown> =>
      attempt(
        () => tier.storeMany(items),
        (error) => this.#undone(keys, error),
      );
    return this.#mutate(keys, () => backToFront(this.tiers, store, this.#announce({ type: 'keys', keys })));
  }

  /**
   * Stores under a condition that the back tier judges; an entry that is not valid any more is none. `false` also where
   * the back tier cannot be asked.
   *
   * @throws CacheSerializationError if a tier cannot carry the value
   */
  setIf(key: string, entry: Entry, condition: SetCondition): Awaitable<boolean> {
    // Nobody knows whether an answer was lost or a request: what stands in front may be old.
    const inFront = (stored: boolean | typeof unavailable) => (): Awaitable<void> =>
      backToFront(
        this.tiers,
        (tier) => (stored === true ? this.#setOrUndo(tier, key, entry) : tier.delete(key)),
        undefined,
        this.tiers.length - 2,
      );
    return this.#order.run([key], () =>
      chain(
        conditionalSet(this.back, this.#valid, key, entry, condition, () => this.fills.settled(key, false)),
        (stored) => {
          // Nothing has changed, so that a load that runs may be stored.
          if (stored === false) return false;
          this.#bus?.publish({ type: 'keys', keys: [key] });
          return chain(
            settle(inFront(stored), () => this.epochs.raise(key)),
            () => stored === true,
          );
        },
      ),
    );
  }

  /** `true` if a reachable tier held a live value. */
  delete(key: string): Awaitable<boolean> {
    return chain(this.deleteMany([key]), ([deleted]) => deleted === true);
  }

  /** As `delete`, for many; `unheard` is called if a tier does not acknowledge. */
  deleteMany(keys: readonly string[], unheard?: () => void): Awaitable<readonly boolean[]> {
    const deleted = new Set<string>();
    const note = (answers: readonly (boolean | typeof unavailable)[]): void => {
      if (answers.includes(unavailable)) unheard?.();
      for (const [i, was] of answers.entries()) if (was === true) deleted.add(keys[i] as string);
    };
    const each = (tier: Tier): Awaitable<void> => chain(tier.deleteMany(keys), note);
    return this.#mutate(keys, () =>
      chain(backToFront(this.tiers, each, this.#announce({ type: 'keys', keys })), () =>
        keys.map((key) => deleted.has(key)),
      ),
    );
  }

  /**
   * Removes what is under `prefix` from every tier, and keeps what is being loaded from being stored; `unheard` is
   * called if a tier does not acknowledge.
   */
  clear(prefix = '', unheard?: () => void): Awaitable<void> {
    const under = (key: string): boolean => key.startsWith(prefix);
    const empty = (tier: Tier): Awaitable<void> =>
      chain(tier.clear(prefix), (cleared) => {
        if (cleared === unavailable) unheard?.();
        return this.#fallen(under);
      });
    return chain(this.#fallen(under), () =>
      backToFront(this.tiers, empty, this.#announce({ type: 'clear', prefixes: [prefix] })),
    );
  }

  /**
   * Deletes every key under `prefix` that `matches`, and voids the loads of such keys; `message` tells the other
   * processes, and `unheard` is called if a tier does not acknowledge. The keys that held a live value in some tier.
   */
  async deleteMatching(
    prefix: string,
    matches: KeyMatcher,
    message: BusMessage,
    unheard?: () => void,
  ): Promise<string[]> {
    const keys = new Set<string>();
    await this.#fallen(matches);
    for (const tier of [...this.tiers].reverse()) {
      const listed = await tier.attempt('keys', prefix, () =>
        collectKeys(tier.backend, prefix, matches, keys),
      );
      // What cannot be listed cannot be picked from: rather too much is gone than too little.
      if (listed === unavailable && (await tier.clear(prefix)) === unavailable) unheard?.();
      // What was read here before may still be on its way forward: it is listed there, or refused.
      await this.#fallen(matches);
    }
    const listed = [...keys];
    const deleted = listed.length > 0 ? await this.deleteMany(listed, unheard) : [];
    this.#bus?.publish(message);
    return listed.filter((_, i) => deleted[i]);
  }

  touch(key: string, staleAt: number, expiresAt: number): Awaitable<boolean> {
    return this.#relive(key, (tier) => tier.touch(key, { staleAt, expiresAt }));
  }

  /** Makes a live entry fresh until `staleAt`, and keeps it as long after that as it would have been kept. */
  freshen(key: string, staleAt: number): Awaitable<boolean> {
    const renewed = (entry: Entry): Instants => ({ staleAt, expiresAt: staleAt + staleLife(entry) });
    return this.#relive(key, (tier) =>
      chain(this.#isCurrent(tier, key), (current) => current && tier.retime(key, renewed)),
    );
  }

  /** Makes a live entry stale from `now` on; a tier that cannot loses it, and `unheard` is called if it does not acknowledge that. */
  markStale(key: string, now: number, unheard?: () => void): Awaitable<boolean> {
    const stale = (entry: Entry): Instants => ({
      staleAt: Math.min(now, entry.staleAt),
      expiresAt: entry.expiresAt,
    });
    return this.#relive(
      key,
      (tier) => tier.retime(key, stale),
      (tier) => chain(tier.delete(key), (deleted) => deleted === unavailable && unheard?.()),
    );
  }

  /** Adds to a counter of the back tier. Fails rather than guess. */
  increment(key: string, by: number, ttl?: number): Awaitable<number> {
    return this.#order.run([key], () => increment(this.back.backend, this.#clock, key, by, ttl));
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (const tier of this.tiers) {
      const dropped = await tier.attempt('sweep', undefined, () => tier.backend.sweep?.() ?? 0);
      if (dropped !== unavailable) swept += dropped;
    }
    return swept;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.tiers.map(async (tier) => tier.attempt('close', undefined, () => tier.backend.close?.())),
    );
  }

  /** What other processes cannot reach, the back first: all but a back tier that is shared. */
  #inFront(): readonly Tier[] {
    return this.tiers.filter((tier) => tier !== this.back || tier.local).reverse();
  }

  /** Whether what the tier holds stands under the present versions of its tags. What cannot be asked says so when it is touched. */
  #isCurrent(tier: Tier, key: string): Awaitable<boolean> {
    return chain(tier.get(key), (there): Awaitable<boolean> => {
      if (there === undefined || there === unavailable) return true;
      return chain(this.#valid([there]), ([left]) => left === there);
    });
  }

  /** Gives the entry another life by `work` on each tier; `unheard` where a tier does not acknowledge. */
  #relive(
    key: string,
    work: (tier: Tier) => Awaitable<boolean | typeof unavailable>,
    unheard: (tier: Tier) => Awaitable<unknown> = () => undefined,
  ): Awaitable<boolean> {
    let touched = false;
    const touch = (tier: Tier): Awaitable<unknown> =>
      chain(work(tier), (was): Awaitable<unknown> => {
        touched ||= was === true;
        return was === unavailable ? unheard(tier) : undefined;
      });
    const announce = this.#announce({ type: 'keys', keys: [key] });
    return this.#mutate([key], () => chain(backToFront(this.tiers, touch, announce), () => touched));
  }

  /** Runs an invalidating write in the order of its keys. No read that began before its end may be written after it. */
  #mutate<T>(keys: readonly string[], write: () => Awaitable<T>): Awaitable<T> {
    const raise = (): void => {
      for (const key of keys) this.epochs.raise(key);
    };
    raise();
    return this.#order.run(keys, () => settle(write, raise));
  }

  /** Every fence of these keys has fallen, and what was being written under one is there. */
  #fallen(matches: KeyMatcher): Awaitable<void> {
    this.epochs.raiseMatching(matches);
    return this.#order.settled(matches);
  }

  #announce(message: BusMessage): () => void {
    return () => this.#bus?.publish(message);
  }

  /** An explicit set that one tier refuses must leave no tier with another value than the others. */
  #setOrUndo(tier: Tier, key: string, entry: Entry): Awaitable<unknown> {
    return attempt(
      () => tier.store(key, entry),
      (error) => {
        if (tier === this.back) throw error;
        return this.#undone([key], error);
      },
    );
  }

  /** Others may have read what is taken back here: they are told again. */
  #undone(keys: readonly string[], error: unknown): Awaitable<never> {
    const undo = backToFront(
      this.tiers,
      (tier) => tier.deleteMany(keys),
      this.#announce({ type: 'keys', keys }),
    );
    return chain(undo, () => {
      throw error;
    });
  }
}

/** How long an entry is kept after it is stale. */
function staleLife({ staleAt, expiresAt }: Entry): number {
  return expiresAt > staleAt ? expiresAt - staleAt : 0;
}
