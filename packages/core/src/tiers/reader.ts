import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Acquired } from '../contract/backend.js';
import { type Entry, freshness } from '../contract/entry.js';
import type { Clock } from '../time/clock.js';
import type { Background } from './background.js';
import type { Epochs, Fence } from './epochs.js';
import { forward } from './forward.js';
import { type Tier, unavailable } from './tier.js';
import type { WriteOrder } from './write-order.js';

/** An entry and the place it was found in (0 is the front tier). */
export interface Found {
  readonly entry: Entry;
  readonly index: number;
}

/** What a read that would load found: an entry and its place, or what the back tier said of the lease. */
export type FoundOrLease = { readonly found: Found } | Exclude<Acquired, { entry: Entry }>;

/** Whether an entry is still what its tags' markers say. */
export type Validity = (entry: Entry) => Awaitable<boolean>;

/** Reads front → back; what it finds is copied forward, unless an invalidation of the key came in between. */
export class Reader {
  readonly #tiers: readonly Tier[];
  readonly #epochs: Epochs;
  readonly #order: WriteOrder;
  readonly #background: Background;
  readonly #clock: Clock;
  readonly #valid: Validity;

  constructor(
    tiers: readonly Tier[],
    epochs: Epochs,
    order: WriteOrder,
    background: Background,
    clock: Clock,
    valid: Validity,
  ) {
    this.#tiers = tiers;
    this.#epochs = epochs;
    this.#order = order;
    this.#background = background;
    this.#clock = clock;
    this.#valid = valid;
  }

  /** The first fresh and valid entry, copied forward. */
  find(key: string): Awaitable<Found | undefined> {
    const fence = this.#epochs.open(key);
    return chain(this.#first(key, 0, this.#tiers.length, fresh), (found) => {
      if (found) this.#copyForward(fence, key, found);
      this.#epochs.close(fence);
      return found;
    });
  }

  /** The first live and valid entry, fresh or stale, left where it is. */
  findLive(key: string): Awaitable<Found | undefined> {
    return this.#first(key, 0, this.#tiers.length, live);
  }

  /** `find` for many keys: one batch per tier for what the tiers before it did not have. */
  async findMany(keys: readonly string[]): Promise<readonly (Found | undefined)[]> {
    const fences = new Map([...new Set(keys)].map((key) => [key, this.#epochs.open(key)]));
    const found = new Map<string, Found>();
    for (const [index, tier] of this.#tiers.entries()) {
      const missing = [...fences.keys()].filter((key) => !found.has(key));
      if (missing.length === 0) break;
      const answers = await tier.getMany(missing);
      for (const [i, key] of missing.entries()) {
        const entry = answers === unavailable ? undefined : answers[i];
        if (await this.#usable(tier, entry, fresh)) found.set(key, { entry: entry as Entry, index });
      }
    }
    for (const [key, fence] of fences) {
      const there = found.get(key);
      if (there) this.#copyForward(fence, key, there);
      this.#epochs.close(fence);
    }
    return keys.map((key) => found.get(key));
  }

  /** The first fresh and valid entry, or the lease of the back tier. */
  findOrLease(
    fence: Fence,
    key: string,
    token: string,
    ttl: number,
    refresh?: 'refresh',
  ): Awaitable<FoundOrLease> {
    const last = this.#tiers.length - 1;
    const back = this.#tiers[last] as Tier;
    const inFront = refresh ? undefined : this.#first(key, 0, last, fresh);
    return chain(inFront, (found): Awaitable<FoundOrLease> => {
      if (found) return this.#copied(fence, key, found);
      return chain(back.acquire(key, token, ttl, refresh), (acquired): Awaitable<FoundOrLease> => {
        const entry = 'entry' in acquired ? acquired.entry : undefined;
        return chain(this.#usable(back, entry, fresh), (usable): Awaitable<FoundOrLease> => {
          if (!entry) return acquired as FoundOrLease;
          if (usable) return this.#copied(fence, key, { entry, index: last });
          return chain(back.acquire(key, token, ttl, 'refresh'), askedAgain);
        });
      });
    });
  }

  #first(key: string, from: number, to: number, wanted: Wanted): Awaitable<Found | undefined> {
    if (from >= to) return undefined;
    const tier = this.#tiers[from] as Tier;
    return chain(tier.get(key), (answer) => {
      const entry = answer === unavailable ? undefined : answer;
      return chain(this.#usable(tier, entry, wanted), (usable) =>
        usable ? { entry: entry as Entry, index: from } : this.#first(key, from + 1, to, wanted),
      );
    });
  }

  /** Whether `entry` can be served; counts what the tier was good for. */
  #usable(tier: Tier, entry: Entry | undefined, wanted: Wanted): Awaitable<boolean> {
    const valid = entry !== undefined && wanted(entry, this.#clock.now()) && this.#valid(entry);
    return chain(valid, (usable) => {
      if (usable) tier.hits++;
      else tier.misses++;
      return usable;
    });
  }

  #copied(fence: Fence, key: string, found: Found): FoundOrLease {
    this.#copyForward(fence, key, found);
    return { found };
  }

  #copyForward(fence: Fence, key: string, found: Found): void {
    if (found.index === 0 || found.entry.counter || fence.raised) return;
    // The copy may have to wait for a delete that is under way: the fence must stand until then, or fall by it.
    this.#epochs.hold(fence);
    const copy = this.#order.run([key], () => forward(this.#tiers, fence, key, found.entry, found.index - 1));
    this.#background.own(chain(copy, () => this.#epochs.close(fence)));
  }
}

type Wanted = (entry: Entry, now: number) => boolean;

function fresh(entry: Entry, now: number): boolean {
  return freshness(entry, now) === 'fresh';
}

function live(entry: Entry, now: number): boolean {
  return freshness(entry, now) !== 'expired';
}

/** The second answer of the back tier, asked for the lease of an entry that cannot be used. */
function askedAgain(acquired: Acquired): FoundOrLease {
  return 'entry' in acquired ? { held: true } : acquired;
}
