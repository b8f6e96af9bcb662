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
  /** How long it is joined, in ms, before it has taken too long. */
  readonly patience: number;
  /** How many flights in a row were taken over before it, because they took too long. @default 0 */
  readonly round?: number | undefined;
  /** Whether a refresh wants the value, though nobody may be waiting. */
  readonly background?: boolean | undefined;
  /** Which of the fresh entries that it may find will do. @default all */
  readonly accepts?: Accepts | undefined;
  /** Whether it loads whatever it may find. */
  readonly refresh?: boolean | undefined;
}

/** How many loads of one key run beside each other: a loader that never settles must not take ever more of a process. */
const MOST_RACING = 5;

/** The one running load of a key: who waits for it, what it has found so far, and whether it is still wanted. */
export class Flight<V = unknown> {
  readonly key: string;
  readonly fence: Fence;
  readonly startedAt: number;
  readonly token: string;
  readonly patience: number;
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
  /** Another flight of its race was faster: what it loads is not stored. */
  superseded = false;
  /** The lease that it was granted has been void: something may have happened to the key since. */
  outdated = false;
  /** The error that it failed with is an answer of the source, which no stale value replaces. */
  answered = false;
  #settled = false;
  #successor: Flight<V> | undefined;
  /** How many of those who joined wait for the successor now. */
  #handedOver = 0;
  /** It and those that took its place because it took too long: they share an epoch and a lease. */
  #race: Set<Flight<V>> | undefined;
  #stale: Found | undefined;
  #sighted: ((stale: Found) => void)[] | undefined;
  #controller: AbortController | undefined;
  #aborting: Set<() => void> | undefined;
  #abortedFor: { readonly reason: unknown } | undefined;
  #resolve!: (value: V) => void;
  #reject!: (error: unknown) => void;

  constructor(key: string, terms: FlightTerms) {
    const { fence, startedAt, patience, token, round, background, accepts, refresh } = terms;
    this.key = key;
    this.fence = fence;
    this.startedAt = startedAt;
    this.since = startedAt;
    this.patience = patience;
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
    this.#settled = true;
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#settled = true;
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
    this.#handedOver = joiners;
    successor.waiting += joiners;
    successor.round = Math.max(successor.round, this.round + 1);
    this.#successor = successor;
  }

  /** Those who were handed over have its value after all, and do not wait for the successor any more. */
  takeBack(): void {
    if (this.#handedOver === 0) return;
    const last = this.drop(this.#handedOver);
    last.#abortIfUnwanted(new CacheTimeoutError('Another load of the key was faster.'));
  }

  /** `count` of those who joined do not wait any more, wherever they count now: at the flight that is returned. */
  drop(count: number): Flight<V> {
    if (this.#successor) {
      this.#handedOver -= count;
      return this.#successor.drop(count);
    }
    this.waiting -= count;
    return this;
  }

  /** Runs beside `late`, which takes too long; the first to succeed wins, and the first of too many is given up. */
  race(late: Flight<V>): void {
    late.#race ??= new Set([late]);
    this.#race = late.#race.add(this);
    const [first, ...others] = [...this.#race].filter((flight) => !flight.superseded);
    if (first && others.length >= MOST_RACING) first.#giveUp();
  }

  /** Whether another flight runs beside it under the same lease. */
  get isRacing(): boolean {
    return [...(this.#race ?? [])].some((other) => other !== this && !other.superseded);
  }

  /** Its value is everybody's: the others of its race need not go on. `missed` is called for each caller who had started one. */
  win(value: V, missed: () => void): void {
    this.resolve(value);
    for (const other of this.#race ?? []) if (other !== this) other.#lose(value, missed);
  }

  /** Its error is an answer of the source: what the older ones of its race have read is out of date. */
  answer(): void {
    this.answered = true;
    for (const older of this.#race ?? []) {
      if (older === this) return;
      older.superseded = true;
      older.retire();
    }
  }

  /** The lease was void meanwhile, and is asked for anew: what the older ones of its race bring must not be stored under it. */
  outdateOlder(): void {
    for (const older of this.#race ?? []) if (older !== this) older.outdated = true;
  }

  /** It is over. */
  retire(): void {
    this.#race?.delete(this);
  }

  #lose(value: V, missed: () => void): void {
    // What has settled is being stored: its callers were answered and counted.
    if (this.#settled) return;
    this.superseded = true;
    if (this.missed) missed();
    this.missed = false;
    this.resolve(value);
    this.abort(new CacheTimeoutError('Another load of the key was faster.'));
  }

  /** Its callers still wait for the others. */
  #giveUp(): void {
    this.superseded = true;
    this.abort(new CacheTimeoutError('The load took too long, and others have taken its place.'));
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

  /**
   * Whether what the loader returns is the whole value. One that was told to stop may have returned what it had by then;
   * one that never looked at the signal cannot have been told.
   */
  get isWhole(): boolean {
    return !this.aborted || this.#controller === undefined;
  }

  /** Nobody wants the value any more. */
  abort(reason: unknown): void {
    if (this.#abortedFor) return;
    this.open = false;
    this.#abortedFor = { reason };
    this.#controller?.abort(reason);
    for (const tell of this.#aborting ?? []) tell();
  }

  /** Calls `tell` when it is aborted, unlike its signal without a trace. The function that ends that. */
  onAbort(tell: () => void): () => void {
    this.#aborting ??= new Set();
    this.#aborting.add(tell);
    return () => this.#aborting?.delete(tell);
  }

  /** The caller who started it gives up; the last one that does aborts, unless a refresh wants the value. */
  leave(reason: unknown): void {
    this.missed = false;
    this.waiting--;
    this.#abortIfUnwanted(reason);
  }

  /** As `leave`, of a caller who joined: it waits for the last successor now. */
  leaveJoined(reason: unknown): void {
    this.drop(1).#abortIfUnwanted(reason);
  }

  /** What has its value is to store it, and is joined meanwhile. */
  #abortIfUnwanted(reason: unknown): void {
    if (this.waiting === 0 && !this.background && !this.#settled) this.abort(reason);
  }
}
