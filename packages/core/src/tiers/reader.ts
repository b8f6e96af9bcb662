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

/** Whether each of `entries` is still what its tags' markers say. */
export type Validity = (entries: readonly Entry[]) => Awaitable<readonly boolean[]>;

/** What a read asks the back tier for. */
export interface LeaseRequest {
  readonly token: string;
  /** In ms. */
  readonly ttl: number;
  readonly refresh?: 'refresh' | undefined;
  /** Whether the same read has asked before: what it misses again is no other miss. */
  readonly again?: boolean;
}

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
    return chain(this.#first(key, 0, this.#tiers.length, FRESH), (found) => {
      if (found) this.#copyForward(fence, key, found);
      this.#epochs.close(fence);
      return found;
    });
  }

  /** The first live and valid entry, fresh or stale, left where it is. Nothing is counted. */
  findLive(key: string): Awaitable<Found | undefined> {
    return this.#first(key, 0, this.#tiers.length, LIVE);
  }

  /** `find` for many keys: one batch per tier for what the tiers before it did not have. */
  async findMany(keys: readonly string[]): Promise<readonly (Found | undefined)[]> {
    const fences = new Map([...new Set(keys)].map((key) => [key, this.#epochs.open(key)]));
    const found = new Map<string, Found>();
    for (const [index, tier] of this.#tiers.entries()) {
      const missing = [...fences.keys()].filter((key) => !found.has(key));
      if (missing.length === 0) break;
      for (const [key, entry] of await this.#batch(tier, missing)) found.set(key, { entry, index });
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
    { token, ttl, refresh, again = false }: LeaseRequest,
  ): Awaitable<FoundOrLease> {
    const wanted = again ? FRESH_AGAIN : FRESH;
    const last = this.#tiers.length - 1;
    const back = this.#tiers[last] as Tier;
    const inFront = refresh ? undefined : this.#first(key, 0, last, wanted);
    return chain(inFront, (found): Awaitable<FoundOrLease> => {
      if (found) return this.#foundAndCopied(fence, key, found);
      return chain(back.acquire(key, token, ttl, refresh), (acquired): Awaitable<FoundOrLease> => {
        const entry = 'entry' in acquired ? acquired.entry : undefined;
        return chain(this.#usable(back, entry, wanted), (usable): Awaitable<FoundOrLease> => {
          if (!entry) return acquired as FoundOrLease;
          if (usable) return this.#foundAndCopied(fence, key, { entry, index: last });
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

  /** What `tier` has of `keys` that is fresh and valid. */
  async #batch(tier: Tier, keys: readonly string[]): Promise<readonly (readonly [string, Entry])[]> {
    const answers = await tier.getMany(keys);
    const now = this.#clock.now();
    const there = keys.flatMap((key, i) => {
      const entry = answers === unavailable ? undefined : answers[i];
      return entry && freshness(entry, now) === 'fresh' ? [[key, entry] as const] : [];
    });
    const valid = await this.#valid(there.map(([, entry]) => entry));
    const usable = there.filter((_, i) => valid[i]);
    tier.hits += usable.length;
    tier.misses += keys.length - usable.length;
    return usable;
  }

  /** Whether `entry` can be served; counts what the tier was good for. */
  #usable(tier: Tier, entry: Entry | undefined, wanted: Wanted): Awaitable<boolean> {
    const worth = entry && freshness(entry, this.#clock.now());
    const valid = entry && (worth === 'fresh' || worth === wanted.least) && this.#valid([entry]);
    return chain(valid || REFUSED, ([usable = false]) => {
      if (usable && wanted.counts !== 'nothing') tier.hits++;
      if (!usable && wanted.counts === 'all') tier.misses++;
      return usable;
    });
  }

  #foundAndCopied(fence: Fence, key: string, found: Found): FoundOrLease {
    this.#copyForward(fence, key, found);
    return { found };
  }

  #copyForward(fence: Fence, key: string, found: Found): void {
    if (found.index === 0 || fence.raised) return;
    // The copy may have to wait for a delete that is under way: the fence must stand until then, or fall by it.
    this.#epochs.hold(fence);
    const copy = this.#order.run([key], () => forward(this.#tiers, fence, key, found.entry, found.index - 1));
    this.#background.own(chain(copy, () => this.#epochs.close(fence)));
  }
}

/** What a read can use at least, and what of it is counted. */
interface Wanted {
  readonly least: 'fresh' | 'stale';
  readonly counts: 'all' | 'hits' | 'nothing';
}

const FRESH: Wanted = { least: 'fresh', counts: 'all' };
const FRESH_AGAIN: Wanted = { least: 'fresh', counts: 'hits' };
const LIVE: Wanted = { least: 'stale', counts: 'nothing' };
const REFUSED: readonly boolean[] = [false];

/** The second answer of the back tier, asked for the lease of an entry that cannot be used. */
function askedAgain(acquired: Acquired): FoundOrLease {
  return 'entry' in acquired ? { held: true } : acquired;
}
