import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import type { Markers, TagVersions } from '../tags/markers.js';
import { nonce } from '../tags/nonce.js';
import type { Fence } from '../tiers/epochs.js';
import type { FoundOrLease } from '../tiers/reader.js';
import type { TierStack } from '../tiers/tier-stack.js';
import type { Clock, Timer } from '../time/clock.js';

/** What one load needs to know. */
export interface LoadPlan<V> {
  /** The stored key. */
  readonly key: string;
  readonly tags: readonly string[];
  readonly load: () => Awaitable<V>;
  /** How long the value is fresh, in ms; `undefined` if it is not to be stored. */
  readonly ttl: (value: V) => number | undefined;
  /** Load although a value is there. */
  readonly refresh?: boolean;
}

type Asked = Pick<LoadPlan<never>, 'key' | 'refresh'>;

/** How a flight ended, for whoever counts. */
export type FlightOutcome =
  | { readonly type: 'hit'; readonly tier: string }
  | { readonly type: 'load'; readonly duration: number }
  | { readonly type: 'loadError'; readonly duration: number; readonly error: unknown }
  | { readonly type: 'fenced' }
  | { readonly type: 'unstorable'; readonly error: unknown };

/** The one running load of a key. */
export interface Flight<V = unknown> {
  /** Settles when the value is known, before it is stored. */
  readonly value: Promise<V>;
  readonly startedAt: number;
  readonly fence: Fence;
  /** Names its lease. */
  readonly token: string;
}

/** How long a lease is granted for, in ms; a running load renews it, a dead process loses it after that time. */
const LEASE_TTL = 5000;
/** A flight older than this is not joined any more, and a foreign lease not waited for longer, in ms. */
const LONGEST_WAIT = 60_000;
/** How often a waiter looks whether the lease's holder is done when no bus wakes it, in ms: doubling, between these. */
const FIRST_LOOK = 5;
const LONGEST_LOOK = 100;

/**
 * One flight per key: it covers the slow tiers, the loader and the fill. Callers get their value as soon as it is known;
 * the flight closes when it has been stored.
 */
export class Flights {
  readonly #tiers: TierStack;
  readonly #markers: Markers;
  readonly #clock: Clock;
  readonly #report: (key: string, outcome: FlightOutcome) => void;
  readonly #running = new Map<string, Flight>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(
    tiers: TierStack,
    markers: Markers,
    clock: Clock,
    report: (key: string, outcome: FlightOutcome) => void,
  ) {
    this.#tiers = tiers;
    this.#markers = markers;
    this.#clock = clock;
    this.#report = report;
  }

  /** The flight of `key`, unless it began before an invalidation or is stuck. */
  join(key: string): Flight | undefined {
    const flight = this.#running.get(key);
    if (!flight || flight.fence.raised) return undefined;
    return this.#isYoung(flight) ? flight : undefined;
  }

  /** Starts a flight in place of any other. */
  start<V>(plan: LoadPlan<V>): Flight<V> {
    // What an older load has read must not replace what a newer one reads.
    if (plan.refresh) this.#tiers.epochs.raise(plan.key);
    const fence = this.#tiers.epochs.open(plan.key, plan.tags);
    const { promise, resolve, reject } = deferred<V>();
    const token = this.#stuck(plan.key)?.token ?? nonce();
    const flight: Flight<V> = { value: promise, startedAt: this.#clock.now(), fence, token };
    this.#running.set(plan.key, flight);
    const failed = (error: unknown): void => {
      this.#land(plan.key, flight);
      reject(error);
    };
    const closed = this.#fly(plan, flight, resolve)
      .catch(failed)
      .finally(() => {
        this.#tiers.epochs.close(fence);
        this.#land(plan.key, flight);
      });
    this.#tiers.background.own(closed);
    return flight;
  }

  /** Another process filled `key`: whoever waits for it looks again. */
  wake(key: string): void {
    for (const look of this.#waiting.get(key) ?? []) look();
  }

  async #fly<V>(plan: LoadPlan<V>, flight: Flight<V>, settle: (value: V) => void): Promise<void> {
    const { key } = plan;
    const { token } = flight;
    // What is at hand is not awaited: over a tier of this process the loader runs in the tick of the call.
    const read = this.#markers.read(plan.tags);
    const versions = isPending(read) ? await read : read;
    const first = this.#ask(plan, flight.fence, token);
    const answer = isPending(first) ? await first : first;
    const acquired = 'held' in answer ? await this.#waited(plan, flight.fence, token) : answer;
    if ('found' in acquired) {
      const { entry, index } = acquired.found;
      this.#report(key, { type: 'hit', tier: this.#tiers.tiers[index]?.name ?? '' });
      settle(entry.value as V);
      return;
    }
    const lease = 'granted' in acquired ? token : undefined;
    const value = await this.#load(plan, lease);
    const ttl = this.#ttlOf(plan, value);
    // What is not stored is for those who waited: whoever comes next loads again.
    if (ttl === undefined) this.#land(key, flight);
    settle(value);
    if (ttl !== undefined) await this.#fill(key, flight.fence, lease, this.#entry(value, ttl, versions));
    else if (lease !== undefined) await this.#tiers.back.release(key, lease);
    // Nobody knows what a back tier that could not be asked holds: it is older than what was loaded.
    if (ttl !== undefined && 'unavailable' in acquired) await this.#tiers.back.delete(key);
  }

  #isYoung(flight: Flight): boolean {
    return this.#clock.now() - flight.startedAt < LONGEST_WAIT;
  }

  /** The flight that is running and not joined any more, if it is only late: who comes after it takes its lease over. */
  #stuck(key: string): Flight | undefined {
    const flight = this.#running.get(key);
    return flight && !flight.fence.raised && !this.#isYoung(flight) ? flight : undefined;
  }

  /** Nobody joins the flight any more. */
  #land(key: string, flight: Flight<unknown>): void {
    if (this.#running.get(key) === flight) this.#running.delete(key);
  }

  #ask(plan: Asked, fence: Fence, token: string, again = false): Awaitable<FoundOrLease> {
    const refresh = plan.refresh ? 'refresh' : undefined;
    return this.#tiers.reader.findOrLease(fence, plan.key, { token, ttl: LEASE_TTL, refresh, again });
  }

  /** The value of whoever holds the lease, or the lease after it; neither if that takes too long. */
  async #waited(plan: Asked, fence: Fence, token: string): Promise<FoundOrLease> {
    const giveUpAt = this.#clock.now() + LONGEST_WAIT;
    for (let look = FIRST_LOOK; ; look = Math.min(look * 2, LONGEST_LOOK)) {
      await this.#woken(plan.key, look);
      const answer = await this.#ask(plan, fence, token, true);
      if (!('held' in answer) || this.#clock.now() >= giveUpAt) return answer;
    }
  }

  async #load<V>(plan: LoadPlan<V>, lease: string | undefined): Promise<V> {
    const startedAt = this.#clock.now();
    const renewing = lease !== undefined && this.#tiers.back.backend.renew && this.#renewing(plan.key, lease);
    try {
      const value = await plan.load();
      this.#report(plan.key, { type: 'load', duration: this.#clock.now() - startedAt });
      return value;
    } catch (error) {
      this.#report(plan.key, { type: 'loadError', duration: this.#clock.now() - startedAt, error });
      if (lease !== undefined) this.#tiers.background.own(this.#tiers.back.release(plan.key, lease));
      throw error;
    } finally {
      if (renewing) renewing.cancel();
    }
  }

  async #fill(key: string, fence: Fence, lease: string | undefined, entry: Entry): Promise<void> {
    const stored = await (lease === undefined
      ? this.#tiers.fillFront(fence, key, entry)
      : this.#tiers.fillUnder(fence, key, entry, lease));
    if (!stored) this.#report(key, { type: 'fenced' });
  }

  /** A `ttl` or `when` that throws costs the caching of the value, never the value. */
  #ttlOf<V>(plan: LoadPlan<V>, value: V): number | undefined {
    try {
      return plan.ttl(value);
    } catch (error) {
      this.#report(plan.key, { type: 'unstorable', error });
      return undefined;
    }
  }

  #entry(value: unknown, ttl: number, tags: TagVersions): Entry {
    const createdAt = this.#clock.now();
    const end = createdAt + ttl;
    return { value, createdAt, staleAt: end, expiresAt: end, tags };
  }

  #renewing(key: string, lease: string): Timer {
    let timer: Timer;
    const again = (): void => {
      timer = this.#clock.after(LEASE_TTL / 3, again);
      const stopIfLost = (kept: unknown): void => {
        if (kept === false) timer.cancel();
      };
      this.#tiers.background.own(chain(this.#tiers.back.renew(key, lease, LEASE_TTL), stopIfLost));
    };
    timer = this.#clock.after(LEASE_TTL / 3, again);
    return { cancel: () => timer.cancel() };
  }

  #woken(key: string, atLatest: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      const look = (): void => {
        timer.cancel();
        waiting.delete(look);
        if (waiting.size === 0) this.#waiting.delete(key);
        resolve();
      };
      const timer = this.#clock.after(atLatest, look, 'holds');
      this.#waiting.set(key, waiting.add(look));
    });
  }
}

function deferred<V>(): {
  promise: Promise<V>;
  resolve: (value: V) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: V) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<V>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
