import { CacheTimeoutError } from '../errors.js';
import { isServableOnError, staleVerdict } from '../freshness/verdict.js';
import { splitStoredKey } from '../keys/namespace-path.js';
import type { Found } from '../tiers/reader.js';
import type { Clock, Timer } from '../time/clock.js';
import type { Flight } from './flight.js';
import type { LoadPlan } from './load-plan.js';
import { onAbort } from './on-abort.js';

/** Who lets a caller wait. */
export interface AttendOptions {
  readonly clock: Clock;
  /** A caller was given what was found in place of the loaded value. */
  readonly served: (key: string, found: Found) => void;
  /** A caller who had joined the flight was given what became of the load. */
  readonly coalesced: (key: string) => void;
}

/**
 * What a caller gets who does not wait for the flight at any cost: the loaded value, or, by its rules, a stale one at
 * once, when the load is slow, or when it fails; a timeout; the end of its own signal.
 *
 * @param source - the value of the flight, or of the one that takes it over
 */
export function attend<V>(
  flight: Flight<V>,
  source: Promise<V>,
  plan: LoadPlan<V>,
  options: AttendOptions,
): Promise<V> {
  return new Promise((resolve, reject) => {
    new Attendance(flight, plan, options, resolve, reject).begin(source);
  });
}

class Attendance<V> {
  readonly #flight: Flight<V>;
  readonly #plan: LoadPlan<V>;
  readonly #options: AttendOptions;
  readonly #resolve: (value: V) => void;
  readonly #reject: (error: unknown) => void;
  #timers: Timer[] = [];
  /** As it was at the call: it may be a property of an object that its owner uses again. */
  readonly #signal: AbortSignal | undefined;
  /** Ends that it listens to its signal. */
  #deaf: (() => void) | undefined;
  #over = false;
  /** Whether the flight is this caller's own. */
  #started = false;

  constructor(
    flight: Flight<V>,
    plan: LoadPlan<V>,
    options: AttendOptions,
    resolve: (value: V) => void,
    reject: (error: unknown) => void,
  ) {
    this.#flight = flight;
    this.#plan = plan;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = plan.signal;
  }

  begin(source: Promise<V>): void {
    const { rules, refresh } = this.#plan;
    this.#started = source === this.#flight.value;
    source.then(
      (value) => this.#loaded(() => this.#resolve(value)),
      (error) => this.#failed(error),
    );
    this.#deaf = this.#signal && onAbort(this.#signal, () => this.#aborted());
    // First of all: whoever is served at once does not wait too long.
    if (!refresh) this.#flight.onSight((stale) => this.#sighted(stale));
    this.#after(rules.hardTimeout, () => this.#timedOut());
  }

  #sighted(stale: Found): void {
    if (this.#over) return;
    const { rules } = this.#plan;
    const verdict = staleVerdict(stale.entry, rules, this.#options.clock.now(), false);
    if (verdict === 'revalidate') this.#serveWhileItGoesOn(stale);
    else this.#after(rules.softTimeout, () => this.#slow());
  }

  #slow(): void {
    const stale = this.#servable();
    if (stale) this.#serveWhileItGoesOn(stale);
  }

  #failed(error: unknown): void {
    const stale = this.#current.answered ? undefined : this.#servable();
    if (stale) this.#serve(stale);
    else this.#loaded(() => this.#reject(error));
  }

  #loaded(settle: () => void): void {
    this.#end(() => {
      if (!this.#started) this.#options.coalesced(this.#plan.key);
      settle();
    });
  }

  /** The caller goes, and new ones do not join: what has taken so long may never end. */
  #timedOut(): void {
    const { key, rules } = this.#plan;
    const name = splitStoredKey(key).key;
    const error = new CacheTimeoutError(
      `'${name}': its load took longer than its hardTimeout of ${rules.hardTimeout} ms. The next call loads anew.`,
      { key: name },
    );
    const stale = this.#servable();
    this.#current.open = false;
    if (stale) this.#serve(stale);
    else this.#end(() => this.#reject(error));
    this.#leave(error);
  }

  #aborted(): void {
    const reason: unknown = this.#signal?.reason;
    this.#end(() => this.#reject(reason));
    this.#leave(reason);
  }

  #leave(reason: unknown): void {
    if (this.#started) this.#flight.leave(reason);
    else this.#flight.leaveJoined(reason);
  }

  /** The load is worth going on with, although this caller does not wait for it any more. */
  #serveWhileItGoesOn(stale: Found): void {
    const flight = this.#current;
    // Whoever was given a fresh value does not need a newer one.
    flight.background ||= stale.entry.staleAt <= this.#options.clock.now();
    if (this.#started) {
      flight.waiting--;
      flight.missed = false;
    } else this.#flight.drop(1);
    this.#serve(stale);
  }

  #serve(stale: Found): void {
    this.#end(() => {
      this.#options.served(this.#plan.key, stale);
      this.#resolve(stale.entry.value as V);
    });
  }

  /** The own flight, or the one that took over from the one that was joined. */
  get #current(): Flight<V> {
    return this.#started ? this.#flight : this.#flight.last;
  }

  #servable(): Found | undefined {
    const { stale } = this.#flight;
    if (!stale || this.#plan.refresh) return undefined;
    return isServableOnError(stale.entry, this.#plan.rules, this.#options.clock.now()) ? stale : undefined;
  }

  /** Counted from the start of the flight, at which most of its callers came. */
  #after(length: number, task: () => void): void {
    if (this.#over || length === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    const left = this.#flight.startedAt + length - clock.now();
    if (left > 0) this.#timers.push(clock.after(left, task, 'holds'));
    else task();
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#deaf?.();
    settle();
  }
}
