import type { Bus, BusMessage } from '../bus/bus.js';
import { Silence } from '../bus/silence.js';
import { type Awaitable, attempt } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import { type Entry, freshness } from '../contract/entry.js';
import { CacheClosedError, CacheTimeoutError } from '../errors.js';
import type { CacheEvents } from '../events/cache-events.js';
import { Emitter } from '../events/emitter.js';
import { type CacheStats, Counters } from '../events/stats.js';
import type { FlightReport } from '../flights/flight-report.js';
import { Flights } from '../flights/flights.js';
import type { LoadTrail } from '../flights/load-trail.js';
import { splitStoredKey } from '../keys/namespace-path.js';
import { compilePattern } from '../keys/pattern.js';
import { Markers } from '../tags/markers.js';
import type { Epochs } from '../tiers/epochs.js';
import { type Tier, type TierOptions, unavailable } from '../tiers/tier.js';
import { TierStack } from '../tiers/tier-stack.js';
import type { Clock } from '../time/clock.js';
import { withDeadline } from '../wrappers/deadline.js';
import { type Guarded, guarded, PROBE } from '../wrappers/guarded.js';
import { FunctionIds } from './function-ids.js';

export interface EngineOptions {
  readonly tiers: readonly TierOptions[];
  readonly path: string;
  readonly clock: Clock;
  /** `undefined`: that of the shared truth, if it has one. */
  readonly bus: Bus | false | undefined;
  readonly timeout: number;
  readonly duplicateIds: 'refuse' | 'replace';
  readonly random: () => number;
  readonly trail: LoadTrail | undefined;
  readonly epochs: Epochs | undefined;
}

/** How long `close` waits for loads and writes that are under way, in ms: a loader that hangs must not hold up an exit. */
const LONGEST_DRAIN = 1000;
/** How long `close` waits for what is owed, in ms. */
const LONGEST_PAYMENT = 250;

/**
 * What all namespaces of one cache share: the stack of tiers, the versions of tags, the running flights, the bus, and
 * what was counted. It knows stored keys only.
 */
export class Engine {
  readonly clock: Clock;
  readonly random: () => number;
  readonly tiers: TierStack;
  readonly markers: Markers;
  readonly flights: Flights;
  readonly events = new Emitter<CacheEvents>();
  readonly ids: FunctionIds;
  readonly counters = new Counters();
  readonly #path: string;
  readonly #bus: Bus | undefined;
  readonly #guards: Guarded[] = [];
  readonly #silence: Silence;
  readonly #unsubscribe: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.#path = options.path;
    const bus = options.bus === false ? undefined : (options.bus ?? sharedBus(options.tiers, options.path));
    this.#bus = bus;
    this.ids = new FunctionIds(options.duplicateIds);
    this.tiers = new TierStack(
      options.tiers.map((tier) => ({ ...tier, backend: this.#guarded(tier.backend, options.timeout) })),
      {
        clock: options.clock,
        valid: (entries) => this.markers.left(entries),
        onSettled: (key) => this.flights.wake(key),
        onFailure: (failure) => this.events.emit('tierError', failure),
        ...(bus ? { bus } : {}),
        ...(options.epochs ? { epochs: options.epochs } : {}),
      },
    );
    this.markers = new Markers({
      back: this.tiers.back,
      prefix: `\0tag:${options.path}:`,
      clock: options.clock,
      followed: () => this.#followed,
      publish: (markers, created) =>
        this.#bus?.publish({ type: 'tags', markers, ...(created ? { created } : {}) }),
    });
    this.flights = new Flights({
      tiers: this.tiers,
      markers: this.markers,
      clock: options.clock,
      random: options.random,
      trail: options.trail,
      followed: () => this.#followed,
      liveAtHand: (key) => this.#liveAtHand(key),
      report: (key, report) => this.#reported(key, report),
    });
    this.#silence = new Silence({
      clock: options.clock,
      heard: () => this.#followed,
      ask: async () => this.#probe(),
      flush: () => this.#flush(),
    });
    this.#unsubscribe = bus?.subscribe({
      message: (message) => {
        try {
          this.#follow(message);
        } catch {
          // Somebody newer speaks: it may have meant anything.
          this.#flush();
        }
      },
      gap: () => this.#flush(),
      lost: (error) => {
        this.events.emit('tierError', { tier: bus.name, operation: 'subscribe', error });
        this.#silence.begin();
      },
    });
  }

  /** The fresh entry of the front tier, where that tier answers at once. Nothing is counted on a miss. */
  atHand(key: string): Entry | undefined {
    const entry = this.#liveAtHand(key);
    return entry && freshness(entry, this.clock.now()) === 'fresh' ? entry : undefined;
  }

  /**
   * Gives `tags` new versions: entries under the old ones are void, or stale where that is done softly, and running loads
   * are void. `false` if that is owed to the back tier.
   */
  async invalidateTags(tags: readonly string[], soft = false): Promise<boolean> {
    this.tiers.epochs.raiseTagged(tags);
    const acknowledged = await (soft ? this.markers.soften(tags) : this.markers.invalidate(tags));
    this.tiers.epochs.raiseTagged(tags);
    return acknowledged;
  }

  /** Whether news of other processes reach this one now. */
  get #followed(): boolean {
    return this.#bus?.connected === true;
  }

  get owed(): number {
    return this.#guards.reduce((sum, guard) => sum + guard.owed, 0);
  }

  /** What stands between the cache and the backend of a tier that is not local. */
  guardOf(tier: Tier): Guarded | undefined {
    return this.#guards.find((guard) => guard === tier.backend);
  }

  tierName(index: number): string {
    return this.tiers.tiers[index]?.name ?? '';
  }

  frontHit(key: string): void {
    this.tiers.front.hits++;
    this.hit(key, this.tiers.front.name);
  }

  hit(key: string, tier: string): void {
    this.counters.hits++;
    if (this.events.wanted('hit')) this.events.emit('hit', { ...splitStoredKey(key), tier });
  }

  miss(key: string): void {
    this.counters.misses++;
    if (this.events.wanted('miss')) this.events.emit('miss', splitStoredKey(key));
  }

  stats(): CacheStats {
    const { hits, staleHits, misses, hitRate, loads, loadErrors, coalesced } = this.counters;
    const tiers = this.tiers.tiers.map((tier) => tier.stats());
    return { hits, staleHits, misses, hitRate, loads, loadErrors, coalesced, owed: this.owed, tiers };
  }

  resetStats(): void {
    this.counters.reset();
    for (const tier of this.tiers.tiers) tier.hits = tier.misses = tier.errors = 0;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** @throws CacheClosedError after `close` */
  assertOpen(): void {
    if (this.#closing) throw new CacheClosedError(`The cache '${this.#path}' was closed. Create a new one.`);
  }

  /** Refuses new work, drains what runs, and closes the bus and the tiers. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.flights.abort();
    await this.tiers.background.drained(this.clock, LONGEST_DRAIN);
    this.flights.abort('all');
    await this.#payDebts();
    this.#silence.end();
    this.#unsubscribe?.();
    await this.#closeBus();
    await this.tiers.close();
    this.events.emit('close', { path: this.#path });
  }

  /** While the others can still be told. */
  async #payDebts(): Promise<void> {
    if (this.owed === 0) return;
    const late = (): Error =>
      new CacheTimeoutError(`What is owed was not paid within ${LONGEST_PAYMENT} ms.`);
    const paid = Promise.all(this.#guards.filter(({ owed }) => owed > 0).map((guard) => guard.replay()));
    await attempt(
      () => withDeadline(paid, LONGEST_PAYMENT, this.clock, late),
      () => undefined,
    );
  }

  /** A bus that cannot be closed does not keep the tiers open. */
  async #closeBus(): Promise<void> {
    const late = (): Error => new CacheTimeoutError(`The bus was not closed within ${LONGEST_DRAIN} ms.`);
    await attempt(
      () => withDeadline(this.#bus?.close?.(), LONGEST_DRAIN, this.clock, late),
      () => undefined,
    );
  }

  /** Whether the shared truth answers. */
  #probe(): Awaitable<unknown> {
    const { backend } = this.tiers.back;
    return backend.ping ? backend.ping() : backend.get(PROBE);
  }

  #guarded(backend: Backend, timeout: number): Backend {
    if (backend.local) return backend;
    const guard = guarded(backend, {
      timeout,
      clock: this.clock,
      prefixes: [`${this.#path}:`, `${this.#path}/`, `\0tag:${this.#path}:`],
      onReplayed: (keys, prefixes) => this.#replayed(backend.name, keys, prefixes),
    });
    this.#guards.push(guard);
    return guard;
  }

  /** What was owed is done: others may have read and kept the old values until now. */
  #replayed(tier: string, keys: readonly string[], prefixes: readonly string[]): void {
    const markers = keys.filter((key) => key.startsWith('\0'));
    const plain = keys.filter((key) => !key.startsWith('\0'));
    if (markers.length > 0) this.#bus?.publish({ type: 'tags', markers });
    if (plain.length > 0) this.#bus?.publish({ type: 'keys', keys: plain });
    if (prefixes.length > 0) this.#bus?.publish({ type: 'clear', prefixes });
    this.events.emit('replayed', { tier, count: keys.length + prefixes.length });
  }

  #liveAtHand(key: string): Entry | undefined {
    const { front } = this.tiers;
    if (!front.local) return undefined;
    const entry = front.get(key) as Entry | undefined | typeof unavailable;
    if (entry === undefined || entry === unavailable) return undefined;
    return this.markers.peek(entry);
  }

  #reported(key: string, report: FlightReport): void {
    const { type, ...details } = report;
    for (const counter of COUNTED[type]) this.counters[counter]++;
    if ('missed' in report && report.missed) this.miss(key);
    if (this.events.wanted(type)) {
      this.events.emit(type, { ...splitStoredKey(key), ...details } as CacheEvents[typeof type]);
    }
  }

  #follow(message: BusMessage): void {
    const { follower } = this.tiers;
    switch (message.type) {
      case 'keys':
        follower.keys(message.keys);
        break;
      case 'tags':
        this.#followTags(message);
        break;
      case 'clear':
        for (const prefix of message.prefixes) follower.clear(prefix);
        break;
      case 'pattern':
        this.#followPattern(message);
        break;
      case 'settled':
        this.flights.settled(message.key, message.stored);
        break;
    }
  }

  #followTags({ markers, created }: Extract<BusMessage, { type: 'tags' }>): void {
    const tags = this.markers.forget(markers);
    // Loads that began under a nonce that was lost carry it, and are misses wherever they are stored.
    if (!created) this.tiers.epochs.raiseTagged(tags);
  }

  #followPattern({ prefix, pattern, flags }: Extract<BusMessage, { type: 'pattern' }>): void {
    const compiled = compilePattern(flags === undefined ? pattern : new RegExp(pattern, flags));
    this.tiers.follower.pattern(
      prefix,
      (key) => key.startsWith(prefix) && compiled.test(key.slice(prefix.length)),
    );
  }

  /** Messages were missed: nothing that stands in front of the shared truth can be trusted. */
  #flush(): void {
    this.markers.forgetAll();
    for (const separator of [':', '/']) this.tiers.follower.flush(this.#path + separator);
  }
}

/** The bus of the tier that is the shared truth. */
function sharedBus(tiers: readonly TierOptions[], path: string): Bus | undefined {
  return tiers.at(-1)?.backend.bus?.(path);
}

/** What each report adds to. */
const COUNTED = {
  hit: ['hits'],
  stale: ['staleHits'],
  miss: ['misses'],
  coalesced: ['coalesced'],
  rethrow: ['hits'],
  load: ['loads'],
  loadError: ['loads', 'loadErrors'],
  fenced: [],
  unstorable: [],
} as const satisfies Record<FlightReport['type'], readonly string[]>;
