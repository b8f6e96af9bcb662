import { CacheTimeoutError } from '../errors.js';
import { nonce } from '../tags/nonce.js';
import type { Fence } from '../tiers/epochs.js';
import type { Accepts, Found } from '../tiers/reader.js';

/** What a flight is for. */
export interface FlightTerms {
  readonly fence: Fence;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Names its lease; that of the flight it takes the place of, or a new one. */
  readonly token?: string | undefined;
  /** How many flights in a row were taken over before it, because they took too long. @default 0 */
  readonly round?: number | undefined;
  /** Whether a refresh wants the value, though nobody may be waiting. */
  readonly background?: boolean | undefined;
  /** Which of the fresh entries that it may find will do. @default all */
  readonly accepts?: Accepts | undefined;
  /** Whether it loads whatever it may find. */
  readonly refresh?: boolean | undefined;
}

/** The one running load of a key: who waits for it, what it has found so far, and whether it is still wanted. */
export class Flight<V = unknown> {
  readonly key: string;
  readonly fence: Fence;
  readonly startedAt: number;
  readonly token: string;
  /** From when on it has been at work itself, in epoch ms; `Infinity` while another process is. */
  since: number;
  /** How many flights in a row took too long for those who wait. */
  round: number;
  readonly accepts: Accepts | undefined;
  /** Whether a fresh value may be there, which is to be had meanwhile. */
  readonly replaces: boolean;
  /** Settles when the value is known, before it is stored. */
  readonly value: Promise<V>;
  /** What late joiners wait for; see `Flights`. */
  joined: Promise<V> | undefined;
  /** Callers that wait for the value. */
  waiting: number;
  /** Whether the caller who started it is waiting: the one of them for whom the cache had nothing. */
  missed: boolean;
  background: boolean;
  /** Whether new callers may join. */
  open = true;
  /** Whether the loader is running and has not returned to its caller yet. */
  entering = false;
  /** Another flight took its place and its lease: what it loads is not stored. */
  superseded = false;
  /** The error that it failed with is an answer of the source, which no stale value replaces. */
  answered = false;
  #successor: Flight<V> | undefined;
  #stale: Found | undefined;
  #sighted: ((stale: Found) => void)[] | undefined;
  #controller: AbortController | undefined;
  #abortedFor: { readonly reason: unknown } | undefined;
  #resolve!: (value: V) => void;
  #reject!: (error: unknown) => void;

  constructor(key: string, terms: FlightTerms) {
    const { fence, startedAt, token, round, background, accepts, refresh } = terms;
    this.key = key;
    this.fence = fence;
    this.startedAt = startedAt;
    this.since = startedAt;
    this.token = token ?? nonce();
    this.round = round ?? 0;
    this.background = background ?? false;
    // Whoever it takes over for joined another one, and is handed over.
    this.missed = !this.background && this.round === 0;
    this.waiting = this.missed ? 1 : 0;
    this.accepts = accepts;
    this.replaces = accepts !== undefined || refresh === true;
    this.value = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(value: V): void {
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#reject(error);
  }

  /** Callers that wait for the value and did not start the load. */
  get joiners(): number {
    return this.waiting - (this.missed ? 1 : 0);
  }

  /** The flight that those who joined this one wait for now. */
  get last(): Flight<V> {
    return this.#successor?.last ?? this;
  }

  /** Those who joined wait for `successor` too from now on, and count there. */
  handOver(successor: Flight<V>): void {
    const { joiners } = this;
    this.waiting -= joiners;
    successor.waiting += joiners;
    successor.round = Math.max(successor.round, this.round + 1);
    this.#successor = successor;
  }

  /** Another flight takes its place. What nobody waits for is not wanted any more. */
  supersede(): void {
    this.superseded = true;
    if (this.waiting === 0)
      this.abort(new CacheTimeoutError('The load took too long. Another one took its place.'));
  }

  /** What the load is to replace, as soon as that is known. */
  get stale(): Found | undefined {
    return this.#stale;
  }

  /** A live value was found that will not do; what is found later is better. */
  sight(stale: Found): void {
    this.#stale = stale;
    for (const tell of this.#sighted ?? []) tell(stale);
  }

  /** Calls `tell` whenever a stale value is sighted, at once if one was. */
  onSight(tell: (stale: Found) => void): void {
    // Thousands may join: a new list for each would take the square of that.
    this.#sighted ??= [];
    this.#sighted.push(tell);
    if (this.#stale) tell(this.#stale);
  }

  /** Made when it is asked for: most loaders do not. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abortedFor) this.#controller.abort(this.#abortedFor.reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#abortedFor !== undefined;
  }

  /** Why it was aborted. */
  get reason(): unknown {
    return this.#abortedFor?.reason;
  }

  /** Nobody wants the value any more. What the loader returns all the same is stored. */
  abort(reason: unknown): void {
    if (this.#abortedFor) return;
    this.open = false;
    this.#abortedFor = { reason };
    this.#controller?.abort(reason);
  }

  /** A caller gives up; the last one that does aborts, unless a refresh wants the value. */
  leave(reason: unknown): void {
    this.waiting--;
    if (this.waiting === 0 && !this.background) this.abort(reason);
  }
}
