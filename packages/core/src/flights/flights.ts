import type { Entry } from '../contract/entry.js';
import { CacheClosedError, CacheKeyError, CacheTimeoutError } from '../errors.js';
import { isDue } from '../freshness/early-refresh.js';
import { longestStale, type Rules } from '../freshness/rules.js';
import { isPlain, isServableOnError, staleVerdict } from '../freshness/verdict.js';
import { splitStoredKey } from '../keys/namespace-path.js';
import type { Markers } from '../tags/markers.js';
import type { Accepts, Found } from '../tiers/reader.js';
import type { TierStack } from '../tiers/tier-stack.js';
import type { Clock, Timer } from '../time/clock.js';
import { attend } from './attend.js';
import { type Backoff, Backoffs } from './backoffs.js';
import { Flight } from './flight.js';
import type { Report } from './flight-report.js';
import { Leases } from './leases.js';
import type { LoadPlan } from './load-plan.js';
import { LoadSteps } from './load-steps.js';
import type { LoadTrail } from './load-trail.js';

export interface FlightsOptions {
  readonly tiers: TierStack;
  readonly markers: Markers;
  readonly clock: Clock;
  /** In [0, 1); for jitter and early refresh. */
  readonly random: () => number;
  /** Finds a load that waits for itself across an `await`. */
  readonly trail: LoadTrail | undefined;
  /** Whether news of other processes reach this one now. */
  readonly followed: () => boolean;
  /** The live and valid entry of the front tier, where that answers at once. */
  readonly liveAtHand: (key: string) => Entry | undefined;
  readonly report: Report;
}

/** How a flight differs from that of a caller who waits for it. */
interface Start {
  readonly background?: boolean;
  readonly round?: number;
  readonly accepts?: Accepts;
  /** What the front tier has, which is known before a slow tier has answered. */
  readonly atHand?: Found | undefined;
}

/** A flight older than this is not joined any more, in ms, unless its callers say how long they wait. */
const LONGEST_JOINED = 60_000;
/** How many loads are kept at least that nobody waits for any more: they may still end, and be stored. */
const MOST_ABANDONED = 1000;
/** How often in a row a load that takes longer than that is tried anew for those who joined it. */
const MOST_TAKEOVERS = 4;

/**
 * Answers the calls that the front tier's fresh values do not: one flight per key covers the slow tiers, the loader and
 * the fill. Callers get their value as soon as it is known, or a stale one where their rules allow it; the flight closes
 * when the value has been stored.
 */
export class Flights {
  readonly #options: FlightsOptions;
  readonly #leases: Leases;
  readonly #backoffs: Backoffs;
  readonly #steps: LoadSteps;
  /** The newest flight of each key. */
  readonly #running = new Map<string, Flight>();
  /** Those too whose place another one has taken. */
  readonly #all = new Set<Flight>();
  /** How many there have to be for the abandoned ones among them to be let go of. */
  #most = MOST_ABANDONED;

  constructor(options: FlightsOptions) {
    this.#options = options;
    this.#leases = new Leases(options);
    this.#backoffs = new Backoffs(options.tiers.epochs, options.clock);
    this.#steps = new LoadSteps({
      ...options,
      leases: this.#leases,
      backoffs: this.#backoffs,
      land: (flight) => this.#land(flight),
    });
  }

  /** The value for a caller to whom the front tier had nothing fresh to give. */
  call<V>(plan: LoadPlan<V>): Promise<V> {
    const { key, signal } = plan;
    if (signal?.aborted) return rejected(signal.reason);
    if (plan.refresh) return this.#attended(this.#start(plan), plan);
    const backoff = this.#backoffs.get(key);
    if (backoff?.kind === 'rethrow') return this.#rethrown(key, backoff.error);
    const atHand = this.#staleAtHand(plan);
    if (atHand && this.#servesAtOnce(plan, atHand, backoff)) return Promise.resolve(atHand.entry.value as V);
    return backoff ? this.#whilePaused(plan, backoff, atHand) : this.#joinedOrStarted(plan, atHand);
  }

  /** After a hit on `entry`: loads again in the background if the time for that has come. */
  refreshIfDue<V>(plan: LoadPlan<V>, entry: Entry): void {
    const { earlyRefresh } = plan.rules;
    if (earlyRefresh === undefined || this.running(plan.key)) return;
    const { clock, random } = this.#options;
    const draw = random();
    const due = (other: Entry): boolean => isDue(other, earlyRefresh, clock.now(), draw);
    if (due(entry) && !this.#backoffs.get(plan.key)) this.#inBackground(plan, (other) => !due(other));
  }

  /** The flight of `key`, if there is one that may be joined. */
  running(key: string): Flight | undefined {
    const flight = this.#running.get(key);
    if (!flight?.open || flight.fence.raised) return undefined;
    return this.#isYoung(flight) ? flight : undefined;
  }

  /** Whether and why the source of `key` is spared now. */
  backoff(key: string): Backoff | undefined {
    return this.#backoffs.get(key);
  }

  /** Another process is done with its load of `key`: whoever waits for it looks again. */
  settled(key: string, stored: boolean): void {
    if (stored || this.#backoffs.get(key)?.kind === 'elsewhere') this.#backoffs.end(key);
    this.wake(key);
  }

  /** Whoever waits for the lease of `key` asks again. */
  wake(key: string): void {
    this.#leases.wake(key);
  }

  /** Aborts what nobody waits for; with `all`, the rest too. */
  abort(all?: 'all'): void {
    const reason = new CacheClosedError('The cache was closed during the load.');
    for (const flight of this.#all) if (all || flight.waiting === 0) flight.abort(reason);
  }

  /** How many loads are under way. */
  get size(): number {
    return this.#all.size;
  }

  /** The stale entry of the front tier, for a caller with a rule that may make use of it. */
  #staleAtHand<V>({ key, rules }: LoadPlan<V>): Found | undefined {
    const entry = longestStale(rules) === 0 ? undefined : this.#options.liveAtHand(key);
    return entry && { entry, index: 0 };
  }

  /** Whether the caller is to have what is at hand at once; counts that, and reloads it if it may. */
  #servesAtOnce<V>(plan: LoadPlan<V>, atHand: Found, backoff: Backoff | undefined): boolean {
    const { clock, tiers } = this.#options;
    const verdict = staleVerdict(atHand.entry, plan.rules, clock.now(), backoff?.kind === 'pause');
    if (verdict === 'load') return false;
    if (verdict === 'revalidate' && !backoff && !this.running(plan.key)) this.#inBackground(plan);
    tiers.front.hits++;
    this.#served(plan.key, atHand);
    return true;
  }

  /** The source failed just now, or is being asked elsewhere: what some tier has may do in its place. */
  async #whilePaused<V>(plan: LoadPlan<V>, { kind }: Backoff, atHand: Found | undefined): Promise<V> {
    const { tiers, clock } = this.#options;
    const { signal } = plan;
    // Known only now: the loader that may be calling will have returned when the tiers have answered.
    const recursion = this.#recursion(plan.key);
    const fence = tiers.epochs.open(plan.key);
    const found = longestStale(plan.rules) > 0 ? await tiers.reader.findLive(plan.key) : undefined;
    const serves = found && staleVerdict(found.entry, plan.rules, clock.now(), kind === 'pause') !== 'load';
    if (serves) tiers.reader.copyForward(fence, plan.key, found);
    tiers.epochs.close(fence);
    if (!serves) {
      if (signal?.aborted) return rejected(signal.reason);
      return recursion ? rejected(recursion) : this.#joinedOrStarted(plan, atHand);
    }
    this.#served(plan.key, found);
    return found.entry.value as V;
  }

  #joinedOrStarted<V>(plan: LoadPlan<V>, atHand?: Found): Promise<V> {
    const { key } = plan;
    const running = this.running(key) as Flight<V> | undefined;
    if (running && atHand && !running.stale) running.sight(atHand);
    if (!running || this.#isTooOldFor(plan, running)) {
      return this.#attended(this.#start(plan, { atHand }), plan);
    }
    const recursion = this.#recursion(key);
    if (recursion) return rejected(recursion);
    running.waiting++;
    running.joined ??= this.#orTakenOver(running, plan);
    return this.#attended(running, plan, running.joined);
  }

  #attended<V>(flight: Flight<V>, plan: LoadPlan<V>, source = flight.value): Promise<V> {
    const { clock, report } = this.#options;
    const coalesced = (key: string): void => report(key, { type: 'coalesced' });
    if (isPlain(plan.rules) && !plan.signal && !flight.replaces) {
      if (source !== flight.value) coalesced(plan.key);
      return source;
    }
    const served = (key: string, found: Found): void => this.#served(key, found);
    return attend(flight, source, plan, { clock, served, coalesced });
  }

  /** Whether the caller would give up at once: with nothing to go on with, it rather loads anew. */
  #isTooOldFor<V>({ rules }: LoadPlan<V>, { startedAt, stale }: Flight<V>): boolean {
    const now = this.#options.clock.now();
    if (now < startedAt + rules.hardTimeout) return false;
    return !stale || !isServableOnError(stale.entry, rules, now);
  }

  /** Starts a flight in place of any other. */
  #start<V>(plan: LoadPlan<V>, { background = false, round, accepts, atHand }: Start = {}): Flight<V> {
    const { key, refresh } = plan;
    const recursion = this.#recursion(key);
    if (recursion) throw recursion;
    const { tiers, clock } = this.#options;
    // What an older load has read must not replace what this one reads.
    if (refresh) tiers.epochs.raise(key);
    const late = this.#late(key) as Flight<V> | undefined;
    const flight = new Flight<V>(key, {
      fence: tiers.epochs.open(key, plan.tags),
      startedAt: clock.now(),
      patience: patienceOf(plan.rules),
      token: late?.token,
      background,
      round,
      accepts,
      refresh,
    });
    if (late) flight.race(late);
    const sighted = atHand ?? late?.stale;
    if (sighted) flight.sight(sighted);
    this.#running.set(key, flight as Flight);
    this.#all.add(flight as Flight);
    if (this.#all.size > this.#most) this.#letGo();
    tiers.background.own(this.#fly(flight, plan));
    return flight;
  }

  async #fly<V>(flight: Flight<V>, plan: LoadPlan<V>): Promise<void> {
    let found: Entry | undefined;
    try {
      found = await this.#steps.take(flight, plan);
    } catch (error) {
      this.#land(flight);
      flight.reject(error);
    }
    this.#over(flight);
    if (found && !flight.background) this.refreshIfDue(plan, found);
  }

  #over<V>(flight: Flight<V>): void {
    if (!this.#all.delete(flight as Flight)) return;
    this.#options.tiers.epochs.close(flight.fence);
    this.#land(flight);
    flight.retire();
  }

  /** Those that were told to stop and do not are not waited for: what they come to is dropped. */
  #letGo(): void {
    for (const flight of this.#all) {
      if (!flight.aborted) continue;
      flight.superseded = true;
      this.#over(flight);
    }
    this.#most = Math.max(MOST_ABANDONED, 2 * this.#all.size);
  }

  /** Nobody waits for this one, so nobody is told of its failure but the listeners. */
  #inBackground<V>(plan: LoadPlan<V>, accepts?: Accepts): void {
    try {
      const { trail } = this.#options;
      const start = (): Flight<V> => this.#start(plan, { background: true, ...(accepts ? { accepts } : {}) });
      const flight = trail ? trail.leave(start) : start();
      flight.value.catch(() => undefined);
    } catch (error) {
      this.#options.report(plan.key, { type: 'loadError', duration: 0, error, missed: false });
    }
  }

  /**
   * The value of `flight`, for all who joined it. When it has taken too long, they load anew, all together, and take what
   * comes first. A load that waits for itself never ends, so that is done a few times only.
   */
  #orTakenOver<V>(flight: Flight<V>, plan: LoadPlan<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = this.#whenLate(flight, () => {
        isLate = true;
        this.#takenOver(flight, plan).then(resolve, reject);
      });
      // Whoever loads anew has better to hope for than the error of the old load, or a part of its value.
      const loaded = (value: V): void => {
        timer.cancel();
        if (isLate && !flight.isWhole) return;
        resolve(value);
        flight.takeBack();
      };
      const failed = (error: unknown): void => {
        timer.cancel();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it is, unchanged
        if (!isLate) reject(error);
      };
      flight.value.then(loaded, failed);
    });
  }

  /** Does `task` when those who joined `flight` have waited for it too long, if there are any then. */
  #whenLate<V>(flight: Flight<V>, task: () => void): Timer {
    const { clock } = this.#options;
    let timer: Timer;
    const look = (): void => {
      if (this.#isYoung(flight)) again();
      else if (flight.joiners > 0) task();
    };
    const again = (): void => {
      const began = Math.min(flight.since, clock.now());
      timer = clock.after(began + flight.patience - clock.now(), look);
    };
    again();
    return { cancel: () => timer.cancel() };
  }

  async #takenOver<V>(flight: Flight<V>, plan: LoadPlan<V>): Promise<V> {
    const { key, round } = flight;
    if (flight.aborted) throw flight.reason;
    if (round < MOST_TAKEOVERS) {
      const running = this.running(key) as Flight<V> | undefined;
      const next = running ?? this.#start(plan, { round: round + 1 });
      flight.handOver(next);
      next.joined ??= this.#orTakenOver(next, plan);
      return next.joined;
    }
    const name = splitStoredKey(key).key;
    throw new CacheTimeoutError(
      `'${name}': ${round + 1} loads in a row took longer than ${LONGEST_JOINED / 1000} s each. Give it a \`hardTimeout\`; ` +
        'and see that its loader does not wait for its own key (`detectRecursion` finds that).',
      { key: name },
    );
  }

  /** An error if whoever asks for `key` now is its own loader, as far as that can be known. */
  #recursion(key: string): CacheKeyError | undefined {
    const entering = this.#running.get(key)?.entering === true;
    if (!entering && !this.#options.trail?.includes(key)) return undefined;
    const name = splitStoredKey(key).key;
    return new CacheKeyError(
      `'${name}': its loader asks the cache for the same key, and would wait for itself. Call the loader's own function.`,
      { key: name },
    );
  }

  #rethrown(key: string, error: unknown): Promise<never> {
    this.#options.report(key, { type: 'rethrow', error });
    return rejected(error);
  }

  #served(key: string, { entry, index }: Found): void {
    const { clock, tiers, report } = this.#options;
    const type = clock.now() < entry.staleAt ? 'hit' : 'stale';
    report(key, { type, tier: tiers.tiers[index]?.name ?? '' });
  }

  #isYoung<V>(flight: Flight<V>): boolean {
    return this.#options.clock.now() < flight.since + flight.patience;
  }

  /** The flight that is running and not joined any more only because it takes too long. */
  #late(key: string): Flight | undefined {
    const flight = this.#running.get(key);
    return flight && !flight.fence.raised ? flight : undefined;
  }

  #land<V>(flight: Flight<V>): void {
    if (this.#running.get(flight.key) === (flight as Flight<unknown>)) this.#running.delete(flight.key);
  }
}

function rejected(reason: unknown): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it is, unchanged
  return Promise.reject(reason);
}

function patienceOf({ hardTimeout }: Rules): number {
  return hardTimeout === Number.POSITIVE_INFINITY ? LONGEST_JOINED : Math.max(LONGEST_JOINED, hardTimeout);
}
