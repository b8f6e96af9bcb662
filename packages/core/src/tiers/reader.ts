import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Acquired } from '../contract/backend.js';
import { type Entry, freshness } from '../contract/entry.js';
import type { Clock } from '../time/clock.js';
import type { Background } from './background.js';
import type { Epochs, Fence } from './epochs.js';
import { forward } from './forward.js';
import { type Judged, judgedBatch } from './judged-batch.js';
import { type Judgement, judge, type Validity, type Wanted } from './judgement.js';
import { type Tier, unavailable } from './tier.js';
import type { WriteOrder } from './write-order.js';

/** An entry and the place it was found in (0 is the front tier). */
export interface Found {
  readonly entry: Entry;
  readonly index: number;
}

/** What the tiers had: the first entry that is wanted, or else the best live one that is not. */
export interface Looked {
  readonly found?: Found;
  readonly stale?: Found | undefined;
  /** What a back tier that grants no leases said, where it was looked at too. */
  readonly lease?: WithoutLeases;
}

/** Where there are no leases, a miss is a grant. */
type WithoutLeases = Extract<Acquired, { granted: true } | { unavailable: true }>;

/** A key that is looked for, and which of its fresh entries will do. */
export interface Sought extends Pick<LeaseRequest, 'accepts'> {
  readonly key: string;
}

/** What a read that would load found: an entry and its place, or what the back tier said of the lease and what is stale. */
export type FoundOrLease =
  | { readonly found: Found }
  | (Exclude<Acquired, { entry: Entry }> & { readonly stale?: Found | undefined });

/** What a read asks for: the entries it can use, and the lease where there are none. */
export interface LeaseRequest {
  readonly token: string;
  /** In ms. */
  readonly ttl: number;
  /** Which of the fresh entries will do. @default all */
  readonly accepts?: Accepts | undefined;
  /** Ask for the lease whatever is there. */
  readonly refresh?: 'refresh' | undefined;
  /** Whether the same read has asked before: what it misses again is no other miss. */
  readonly again?: boolean;
  /** What the tiers in front had, where that is known already. */
  readonly looked?: Awaitable<Looked> | undefined;
}

/** Whether a fresh entry will do. */
export type Accepts = (entry: Entry) => boolean;

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
    return chain(this.#first(key, 0, this.#tiers.length, FRESH), ({ found }) => {
      if (found) this.copyForward(fence, key, found);
      this.#epochs.close(fence);
      return found;
    });
  }

  /** The first fresh and valid entry, or the best stale one, left where it is. Nothing is counted. */
  findLive(key: string): Awaitable<Found | undefined> {
    return chain(this.#first(key, 0, this.#tiers.length, UNCOUNTED), ({ found, stale }) => found ?? stale);
  }

  /** `find` for many keys: one batch per tier for what the tiers before it did not have. */
  async findMany(keys: readonly string[]): Promise<readonly (Found | undefined)[]> {
    const fences = new Map([...new Set(keys)].map((key) => [key, this.#epochs.open(key)]));
    const sought = [...fences.keys()].map((key) => ({ key }));
    const looked = await this.#firstOfMany(sought, this.#tiers.length);
    const foundUnder = new Map(sought.map(({ key }, i) => [key, looked[i]?.found]));
    for (const [key, fence] of fences) {
      const found = foundUnder.get(key);
      if (found) this.copyForward(fence, key, found);
      this.#epochs.close(fence);
    }
    return keys.map((key) => foundUnder.get(key));
  }

  /**
   * What `findOrLease` would look at before it asks for the lease, for many keys, in order: one batch per tier. A back
   * tier that grants no leases is one of them. The fences of the keys have to be open.
   */
  lookMany(sought: readonly Sought[]): Promise<readonly Looked[]> {
    return this.#firstOfMany(sought, this.#grantsLeases ? this.#inFront : this.#tiers.length);
  }

  /** The first entry that will do, or the lease of the back tier. */
  findOrLease(fence: Fence, key: string, request: LeaseRequest): Awaitable<FoundOrLease> {
    const wanted = wantedBy(request);
    const looked = request.looked ?? (request.refresh ? NOTHING : this.#first(key, 0, this.#inFront, wanted));
    return chain(looked, ({ found, stale, lease }): Awaitable<FoundOrLease> => {
      if (found) return this.#foundAndCopied(fence, key, found);
      if (lease) return { ...lease, stale };
      return this.#lease(fence, key, request, wanted, stale);
    });
  }

  /** Writes what was found to the tiers in front of it, while the fence stands. */
  copyForward(fence: Fence, key: string, found: Found): void {
    if (found.index === 0 || fence.raised) return;
    // The copy may have to wait for a delete that is under way: the fence must stand until then, or fall by it.
    this.#epochs.hold(fence);
    const copy = this.#order.run([key], () => forward(this.#tiers, fence, key, found.entry, found.index - 1));
    this.#background.own(chain(copy, () => this.#epochs.close(fence)));
  }

  get #inFront(): number {
    return this.#tiers.length - 1;
  }

  get #grantsLeases(): boolean {
    return this.#tiers[this.#inFront]?.backend.acquire !== undefined;
  }

  #lease(
    fence: Fence,
    key: string,
    { token, ttl, refresh }: LeaseRequest,
    wanted: Wanted,
    stale: Found | undefined,
  ): Awaitable<FoundOrLease> {
    const index = this.#inFront;
    const back = this.#tiers[index] as Tier;
    return chain(back.acquire(key, token, ttl, refresh), (acquired): Awaitable<FoundOrLease> => {
      const there = 'entry' in acquired ? acquired.entry : undefined;
      return chain(this.#judged(back, there, wanted), ({ worth, entry }): Awaitable<FoundOrLease> => {
        if (!there) return withStale(acquired as LeaseAnswer, stale);
        if (worth === 'wanted') return this.#foundAndCopied(fence, key, { entry, index });
        const best = worth === 'stale' ? better(stale, { entry, index }) : stale;
        return chain(back.acquire(key, token, ttl, 'refresh'), (answer) =>
          withStale(askedAgain(answer), best),
        );
      });
    });
  }

  #first(key: string, from: number, to: number, wanted: Wanted, stale?: Found): Awaitable<Looked> {
    if (from >= to) return stale ? { stale } : NOTHING;
    const tier = this.#tiers[from] as Tier;
    return chain(tier.get(key), (answer) => {
      const there = answer === unavailable ? undefined : answer;
      return chain(this.#judged(tier, there, wanted), ({ worth, entry }): Awaitable<Looked> => {
        if (worth === 'wanted') return { found: { entry, index: from } };
        const best = worth === 'stale' ? better(stale, { entry, index: from }) : stale;
        return this.#first(key, from + 1, to, wanted, best);
      });
    });
  }

  async #firstOfMany(sought: readonly Sought[], to: number): Promise<readonly Looked[]> {
    const wanted = sought.map(({ key, accepts }) => ({ key, wanted: wantedBy({ accepts }) }));
    const looked: Looked[] = sought.map(() => NOTHING);
    for (const [index, tier] of this.#tiers.slice(0, to).entries()) {
      const missing = [...looked.keys()].filter((i) => !looked[i]?.found);
      if (missing.length === 0) break;
      const batch = missing.map((i) => wanted[i] as (typeof wanted)[number]);
      const answers = await judgedBatch(tier, batch, () => this.#clock.now(), this.#valid);
      for (const [j, i] of missing.entries()) {
        looked[i] = this.#further(looked[i] as Looked, answers[j] as Judged, index);
      }
    }
    return looked;
  }

  /** What was looked at so far, and what the tier at `index` says. */
  #further({ stale }: Looked, { worth, entry, asked }: Judged, index: number): Looked {
    if (worth === 'wanted') return { found: { entry, index } };
    const best = worth === 'stale' ? better(stale, { entry, index }) : stale;
    if (index < this.#inFront || this.#grantsLeases) return { stale: best };
    return { stale: best, lease: asked ? GRANTED : UNAVAILABLE };
  }

  /** What `there` is worth to a read that wants `wanted`; counts what the tier was good for. */
  #judged(tier: Tier, there: Entry | undefined, wanted: Wanted): Awaitable<Judgement> {
    const isLive = there !== undefined && freshness(there, this.#clock.now()) !== 'expired';
    return chain(isLive ? this.#valid([there]) : VOID, ([entry]) => {
      // Now, and not before: the markers may have been asked for.
      const judgement = judge(entry, wanted, this.#clock.now());
      const isWanted = judgement.worth === 'wanted';
      if (isWanted && wanted.counts !== 'nothing') tier.hits++;
      if (!isWanted && wanted.counts === 'all') tier.misses++;
      return judgement;
    });
  }

  #foundAndCopied(fence: Fence, key: string, found: Found): FoundOrLease {
    this.copyForward(fence, key, found);
    return { found };
  }
}

const isFresh = (entry: Entry, now: number): boolean => freshness(entry, now) === 'fresh';
const FRESH: Wanted = { accepts: isFresh, counts: 'all' };
const FRESH_AGAIN: Wanted = { accepts: isFresh, counts: 'hits' };
const UNCOUNTED: Wanted = { accepts: isFresh, counts: 'nothing' };
const VOID: readonly undefined[] = [undefined];
const NOTHING: Looked = {};
const GRANTED: WithoutLeases = { granted: true };
const UNAVAILABLE: WithoutLeases = { unavailable: true };

function wantedBy({ accepts, again = false }: Pick<LeaseRequest, 'accepts' | 'again'>): Wanted {
  if (!accepts) return again ? FRESH_AGAIN : FRESH;
  return {
    accepts: (entry, now) => isFresh(entry, now) && accepts(entry),
    counts: again ? 'hits' : 'all',
  };
}

/** The one that was stale last. */
function better(a: Found | undefined, b: Found): Found {
  return a && a.entry.staleAt >= b.entry.staleAt ? a : b;
}

/** What the back tier says where it has nothing to give. */
type LeaseAnswer = Exclude<Acquired, { entry: Entry }>;

function withStale(answer: LeaseAnswer, stale: Found | undefined): FoundOrLease {
  return stale ? { ...answer, stale } : answer;
}

/** The second answer of the back tier, asked for the lease of an entry that cannot be used. */
function askedAgain(acquired: Acquired): LeaseAnswer {
  return 'entry' in acquired ? { held: true } : acquired;
}
