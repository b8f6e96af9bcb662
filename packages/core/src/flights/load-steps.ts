import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import { lifeFrom } from '../freshness/life.js';
import { isServableOnError } from '../freshness/verdict.js';
import type { Markers, Moment, TagVersions } from '../tags/markers.js';
import type { Found, FoundOrLease } from '../tiers/reader.js';
import type { TierStack } from '../tiers/tier-stack.js';
import type { Clock } from '../time/clock.js';
import type { Backoffs } from './backoffs.js';
import type { Flight } from './flight.js';
import type { Report } from './flight-report.js';
import type { Leases } from './leases.js';
import { LoadContext } from './load-context.js';
import type { LoadPlan } from './load-plan.js';
import type { LoadTrail } from './load-trail.js';
import { withLoaderContext } from './loader-context.js';

export interface LoadStepsOptions {
  readonly tiers: TierStack;
  readonly markers: Markers;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly leases: Leases;
  readonly backoffs: Backoffs;
  readonly trail: LoadTrail | undefined;
  readonly report: Report;
  /** New callers start a flight of their own. */
  readonly land: <V>(flight: Flight<V>) => void;
}

/** How long a stale value is served at most without asking how far another process has got with its load, in ms. */
const LONGEST_UNASKED = 1000;

/** What a load goes by beside its plan. */
interface Loading<V> {
  readonly plan: LoadPlan<V>;
  readonly flight: Flight<V>;
  /** When the load began, for tags that turn up later. */
  readonly since: Moment;
  readonly versions: TagVersions;
  /** Whether the lease is this flight's. */
  readonly granted: boolean;
  /** Whether the back tier could not be asked. */
  readonly unavailable: boolean;
}

/** The steps of one flight: the slow tiers, the lease, the loader, the fill. */
export class LoadSteps {
  readonly #with: LoadStepsOptions;

  constructor(options: LoadStepsOptions) {
    this.#with = options;
  }

  /**
   * Settles `flight`, and itself when the value is stored, with the entry that made a load needless; rejects with what
   * the flight is to be rejected with.
   */
  async take<V>(flight: Flight<V>, plan: LoadPlan<V>): Promise<Entry | undefined> {
    const { markers, leases, tiers } = this.#with;
    const since = markers.moment();
    // What is at hand is not awaited: over a tier of this process the loader runs in the tick of the call.
    const read = markers.read(plan.tags);
    const versions = isPending(read) ? await read : read;
    const present = plan.refresh ? tiers.reader.findLive(plan.key) : undefined;
    const replaced = isPending(present) ? await present : present;
    const asked = leases.ask(flight, plan);
    const answer = isPending(asked) ? await asked : asked;
    const stale = replaced ?? ('found' in answer ? undefined : answer.stale);
    if (stale) flight.sight(stale);
    const acquired = 'held' in answer ? await this.#elsewhere(flight, plan) : answer;
    if ('found' in acquired) return this.#found(flight, acquired.found);
    if (flight.aborted || (flight.waiting === 0 && 'held' in acquired)) {
      this.#unwanted(flight, plan, acquired);
      return undefined;
    }
    const granted = 'granted' in acquired;
    const unavailable = 'unavailable' in acquired;
    await this.#load({ plan, flight, since, versions, granted, unavailable });
    return undefined;
  }

  /** What another process loads; that wait has a limit of its own. */
  async #elsewhere<V>(flight: Flight<V>, plan: LoadPlan<V>): Promise<FoundOrLease> {
    flight.since = Number.POSITIVE_INFINITY;
    const acquired = await this.#with.leases.wait(flight, plan);
    flight.since = this.#with.clock.now();
    return acquired;
  }

  #found<V>(flight: Flight<V>, { entry, index }: Found): Entry {
    const { tiers, report } = this.#with;
    if (flight.missed) report(flight.key, { type: 'hit', tier: tiers.tiers[index]?.name ?? '' });
    flight.resolve(entry.value as V);
    return entry;
  }

  /** Everybody left before the loader was called, or the cache was closed, or another process is at it and nobody waits. */
  #unwanted<V>(flight: Flight<V>, { rules }: LoadPlan<V>, acquired: FoundOrLease): void {
    const { backoffs } = this.#with;
    if ('granted' in acquired || 'unavailable' in acquired) this.#release(flight);
    // Whoever is at it may be done by then; until then a hit need not ask again.
    const pause = Math.min(rules.retryAfter, LONGEST_UNASKED);
    if (!flight.aborted) backoffs.add(flight.key, flight.fence, 'elsewhere', undefined, pause);
    flight.reject(flight.reason);
  }

  async #load<V>(loading: Loading<V>): Promise<void> {
    const { plan, flight, granted } = loading;
    const { clock, report, leases } = this.#with;
    const context = new LoadContext(flight, plan, (tags) => this.#with.tiers.epochs.tag(flight.fence, tags));
    const startedAt = clock.now();
    const lease = granted ? leases.kept(flight) : undefined;
    let value: V;
    try {
      const loaded = this.#enter(flight, plan, context);
      value = isPending(loaded) ? await loaded : loaded;
    } catch (error) {
      this.#failed(loading, error, clock.now() - startedAt);
      throw error;
    } finally {
      lease?.cancel();
    }
    const duration = clock.now() - startedAt;
    report(plan.key, { type: 'load', duration, missed: flight.missed });
    await this.#stored(loading, context, value, duration);
  }

  /** Calls the loader; until it returns, whoever asks for the key of the flight is the loader itself. */
  #enter<V>(flight: Flight<V>, plan: LoadPlan<V>, context: LoadContext<V>): V | Promise<V> {
    const { trail } = this.#with;
    const load = (): V | Promise<V> => withLoaderContext(context, () => plan.load(context));
    flight.entering = true;
    try {
      return trail ? trail.run(plan.key, load) : load();
    } finally {
      flight.entering = false;
    }
  }

  async #stored<V>(loading: Loading<V>, context: LoadContext<V>, value: V, duration: number): Promise<void> {
    const { plan, flight, granted, unavailable } = loading;
    const { tiers, backoffs, report, land } = this.#with;
    const ttl = this.#ttlOf(plan, context, value);
    // What is not stored is for those who waited: whoever comes next loads again.
    if (ttl === undefined) land(flight);
    const isOld = granted && flight.outdated;
    if (flight.superseded || isOld || !flight.isWhole) return this.#dropped(loading, value);
    flight.win(value, () => report(plan.key, { type: 'miss' }));
    if (!flight.fence.raised) backoffs.end(plan.key);
    const lease = granted ? flight.token : undefined;
    const versions = ttl === undefined ? undefined : this.#versions(loading, context);
    const tags = isPending(versions) ? await versions : versions;
    if (ttl === undefined || !tags) {
      if (ttl !== undefined) report(plan.key, { type: 'fenced' });
      if (granted || unavailable) await tiers.fills.release(plan.key, flight.token);
      return;
    }
    const entry = this.#entry(plan, value, ttl, tags, duration);
    const filled = await (lease === undefined
      ? tiers.fills.inFront(flight.fence, plan.key, entry)
      : tiers.fills.under(flight.fence, plan.key, entry, lease));
    if (!filled) report(plan.key, { type: 'fenced' });
    // Nobody knows what a back tier that could not be asked holds: it is older than what was loaded.
    if (unavailable) await tiers.fills.deleteBehind(plan.key);
  }

  /** For whoever still waits, and for nobody after them. */
  #dropped<V>({ plan, flight, granted, unavailable }: Loading<V>, value: V): void {
    flight.resolve(value);
    this.#with.report(plan.key, { type: 'fenced' });
    if (granted || unavailable) this.#release(flight);
  }

  /** Gives the lease up, unless another flight goes on under it. Where the tier could not say, it may have been granted. */
  #release<V>(flight: Flight<V>): void {
    const { tiers } = this.#with;
    if (flight.superseded || flight.isRacing) return;
    tiers.background.own(tiers.fills.release(flight.key, flight.token));
  }

  /** The versions of all tags; `undefined` if one that was not known when the load began may have been invalidated during it. */
  #versions<V>(
    { versions, since }: Loading<V>,
    { lateTags, keptTags }: LoadContext<V>,
  ): Awaitable<TagVersions | undefined> {
    const kept = Object.keys(keptTags ?? {}).filter((tag) => !Object.hasOwn(versions, tag));
    if (this.#with.markers.isRenewed(kept, since)) return undefined;
    const known = keptTags ? { ...keptTags, ...versions } : versions;
    const late = lateTags.filter((tag) => !Object.hasOwn(known, tag));
    if (late.length === 0) return known;
    return chain(this.#with.markers.readLate(late, since), (read) => read && { ...read, ...known });
  }

  #entry<V>(plan: LoadPlan<V>, value: V, ttl: number, tags: TagVersions, loadTime: number): Entry {
    const { clock, random } = this.#with;
    const life = lifeFrom(clock.now(), ttl, plan.rules, random());
    const { earlyRefresh } = plan.rules;
    const isMeasured = earlyRefresh !== undefined && typeof earlyRefresh !== 'number';
    return isMeasured ? { value, ...life, tags, loadTime } : { value, ...life, tags };
  }

  /** A `ttl` or `when` that throws costs the caching of the value, never the value. */
  #ttlOf<V>(plan: LoadPlan<V>, context: LoadContext<V>, value: V): number | undefined {
    try {
      return context.ttlOf(value);
    } catch (error) {
      this.#with.report(plan.key, { type: 'unstorable', error });
      return undefined;
    }
  }

  #failed<V>({ plan, flight, granted, unavailable }: Loading<V>, error: unknown, duration: number): void {
    const { clock, report } = this.#with;
    const ttl = flight.aborted ? undefined : this.#errorTtl(plan, error);
    if (ttl !== undefined) flight.answer();
    const stale = flight.stale && !plan.refresh && !flight.answered ? flight.stale.entry : undefined;
    const rescued = stale !== undefined && isServableOnError(stale, plan.rules, clock.now());
    report(plan.key, { type: 'loadError', duration, error, missed: flight.missed && !rescued });
    if (granted || unavailable) this.#release(flight);
    if (!flight.aborted) this.#spare(plan, flight, error, ttl);
  }

  /** The source is not asked again at once: its answer is remembered, or there is a stale value to go on with. */
  #spare<V>(plan: LoadPlan<V>, flight: Flight<V>, error: unknown, ttl: number | undefined): void {
    const { backoffs } = this.#with;
    const { key, rules } = plan;
    if (ttl !== undefined) {
      backoffs.add(key, flight.fence, 'rethrow', error, ttl);
      if (flight.stale) this.#removeStale(flight);
    } else if (flight.stale) {
      backoffs.add(key, flight.fence, 'pause', error, rules.retryAfter);
    }
  }

  #removeStale<V>({ fence, key }: Flight<V>): void {
    const { tiers } = this.#with;
    // The removal may have to wait for a set that is under way: the fence must stand until then, or fall by it.
    tiers.epochs.hold(fence);
    const removed = tiers.fills.nothing(fence, key);
    tiers.background.own(chain(removed, () => tiers.epochs.close(fence)));
  }

  #errorTtl<V>(plan: LoadPlan<V>, error: unknown): number | undefined {
    try {
      return plan.errorTtl?.(error);
    } catch (failure) {
      this.#with.report(plan.key, { type: 'unstorable', error: failure });
      return undefined;
    }
  }
}
