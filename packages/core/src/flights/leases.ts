import { type Awaitable, attempt, chain } from '../contract/awaitable.js';
import type { FoundOrLease, LeaseRequest } from '../tiers/reader.js';
import type { TierStack } from '../tiers/tier-stack.js';
import type { Clock, Timer } from '../time/clock.js';
import type { Flight } from './flight.js';
import type { LoadPlan } from './load-plan.js';
import { Vigil } from './vigil.js';

/** How long a lease is granted for, in ms; a running load renews it, a dead process loses it after that time. */
const LEASE_TTL = 5000;
/** How long a foreign lease is waited for, in ms. */
const LONGEST_WAIT = 60_000;
/** How often a waiter looks whether the lease's holder is done when no bus wakes it, in ms: doubling, between these. */
const FIRST_LOOK = 5;
const LONGEST_LOOK = 100;
/** The same where a bus does: a holder that died says nothing. */
const LOOK_UNLESS_WOKEN = 1000;

interface LeasesOptions {
  readonly tiers: TierStack;
  readonly clock: Clock;
  readonly followed: () => boolean;
}

type Asked = Pick<LoadPlan<never>, 'key' | 'refresh' | 'ask'>;

/** Asks the tiers for a value or the lease of its key, waits for the holder of a foreign lease, and keeps an own one. */
export class Leases {
  readonly #tiers: TierStack;
  readonly #clock: Clock;
  readonly #followed: () => boolean;
  readonly #vigils = new Map<string, Map<Flight, Vigil>>();

  /** @param options - `followed`: whether a bus wakes those who wait for other processes */
  constructor({ tiers, clock, followed }: LeasesOptions) {
    this.#tiers = tiers;
    this.#clock = clock;
    this.#followed = followed;
  }

  /** What the tiers have, or the lease. Who is told that it is held has to `wait`. */
  ask<V>(flight: Flight<V>, plan: Asked): Awaitable<FoundOrLease> {
    if (!this.#tiers.back.backend.acquire) return this.#ask(flight, plan, false);
    this.#vigil(flight).begin();
    const ended = (): void => this.#endVigil(flight);
    const answered = (answer: FoundOrLease): FoundOrLease => {
      if (!('held' in answer)) ended();
      return answer;
    };
    return chain(
      attempt(
        () => (flight.isRacing ? this.#askInRace(flight, plan) : this.#ask(flight, plan, false)),
        (error) => {
          ended();
          throw error;
        },
      ),
      answered,
    );
  }

  /**
   * While the lease of a race stands, it is this flight's too. One that is void is asked for anew, and then no older one
   * may store under it what an invalidation has overtaken.
   */
  #askInRace<V>(flight: Flight<V>, plan: Asked): Awaitable<FoundOrLease> {
    return chain(
      this.#tiers.back.renew(flight.key, flight.token, LEASE_TTL),
      (kept): Awaitable<FoundOrLease> => {
        if (kept === true && !plan.ask) return { granted: true };
        if (kept !== true) flight.outdateOlder();
        return this.#ask(flight, plan, false);
      },
    );
  }

  #ask<V>(flight: Flight<V>, plan: Asked, again: boolean): Awaitable<FoundOrLease> {
    const request: LeaseRequest = {
      token: flight.token,
      ttl: LEASE_TTL,
      accepts: flight.accepts,
      refresh: plan.refresh ? 'refresh' : undefined,
      again,
    };
    if (plan.ask && !again) return plan.ask(flight.fence, request);
    return this.#tiers.reader.findOrLease(flight.fence, plan.key, request);
  }

  /** The value of whoever holds the lease, or the lease after it; neither if that takes too long or nobody wants it. */
  async wait<V>(flight: Flight<V>, plan: Asked): Promise<FoundOrLease> {
    try {
      return await this.#answered(flight, plan, this.#vigil(flight));
    } finally {
      this.#endVigil(flight);
    }
  }

  /** Whoever waits for the lease of `key` asks again. */
  wake(key: string): void {
    for (const vigil of this.#vigils.get(key)?.values() ?? []) vigil.wake();
  }

  /** Renews the lease of `flight` until that is cancelled, the lease is lost, or nobody wants the load any more. */
  kept<V>(flight: Flight<V>): Timer | undefined {
    if (!this.#tiers.back.backend.renew) return undefined;
    let timer: Timer;
    const again = (): void => {
      if (flight.aborted || flight.superseded) return;
      if (fell()) return;
      timer = this.#clock.after(LEASE_TTL / 3, again);
      const stopIfLost = (kept: unknown): void => {
        if (kept === false) timer.cancel();
      };
      this.#tiers.background.own(
        chain(this.#tiers.back.renew(flight.key, flight.token, LEASE_TTL), stopIfLost),
      );
    };
    let isOver = false;
    const fell = (): boolean => {
      if (isOver || !flight.fence.raised || flight.fence.doubted) return isOver;
      isOver = true;
      timer.cancel();
      this.#letGo(flight);
      return true;
    };
    timer = this.#clock.after(LEASE_TTL / 3, again);
    if (fell()) return undefined;
    // At once: what follows an invalidation need not wait for what it has made worthless.
    const deaf = this.#tiers.epochs.onFall(flight.fence, fell);
    const cancel = (): void => {
      timer.cancel();
      deaf();
    };
    return { cancel };
  }

  /** What `flight` loads will not be stored: whoever waits for its lease is to have it. */
  #letGo<V>({ key, token }: Flight<V>): void {
    this.#tiers.background.own(this.#tiers.fills.release(key, token));
  }

  async #answered<V>(flight: Flight<V>, plan: Asked, vigil: Vigil): Promise<FoundOrLease> {
    const giveUpAt = this.#clock.now() + LONGEST_WAIT;
    for (let look = FIRST_LOOK; ; look = Math.min(look * 2, LONGEST_LOOK)) {
      if (isWanted(flight)) await vigil.news(this.#clock, this.#followed() ? LOOK_UNLESS_WOKEN : look);
      if (!isWanted(flight)) {
        // Nobody may join what is given up.
        flight.open = false;
        return { held: true };
      }
      vigil.begin();
      const answer = await this.#ask(flight, plan, true);
      if (!('held' in answer) || this.#clock.now() >= giveUpAt) return answer;
    }
  }

  /** Another process is done, an invalidation has voided the lease, or nobody waits for `flight` any more: that is news. */
  #vigil<V>(flight: Flight<V>): Vigil {
    const vigils = this.#vigils.get(flight.key) ?? new Map<Flight, Vigil>();
    this.#vigils.set(flight.key, vigils);
    const vigil =
      vigils.get(flight as Flight) ??
      new Vigil([(wake) => this.#tiers.epochs.onFall(flight.fence, wake), (wake) => flight.onAbort(wake)]);
    vigils.set(flight as Flight, vigil);
    return vigil;
  }

  #endVigil<V>(flight: Flight<V>): void {
    const vigils = this.#vigils.get(flight.key);
    vigils?.get(flight as Flight)?.end();
    vigils?.delete(flight as Flight);
    if (vigils?.size === 0) this.#vigils.delete(flight.key);
  }
}

function isWanted<V>({ waiting, aborted }: Flight<V>): boolean {
  return waiting > 0 && !aborted;
}
