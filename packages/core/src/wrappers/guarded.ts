import { type Awaitable, isPending } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { CacheConnectionError, isRefusal } from '../errors.js';
import { type Clock, systemClock } from '../time/clock.js';
import { Bounded } from './bounded.js';
import { boundedListing } from './bounded-listing.js';
import type { BreakerState } from './breaker.js';
import { Owed } from './owed.js';
import { wrap } from './wrap.js';

export interface GuardOptions {
  /** How long one operation may take, in ms; a batch of keys may take 1 ms longer for each further key. @default 250 */
  readonly timeout?: number;
  /** How long `clear`, `sweep`, one step of a listing and the longest batch may take, in ms. @default 10 000 */
  readonly bulkTimeout?: number;
  /** How long to wait before a mute backend is asked again, and what is owed is tried again, in ms. @default 500 */
  readonly retryAfter?: number;
  /** The prefixes under which the cache keeps its keys: what an overflow of owed deletes clears. @default everything */
  readonly prefixes?: readonly string[];
  readonly clock?: Clock;
  /** Called when owed invalidations were acknowledged: other processes may have read the old values meanwhile. */
  readonly onReplayed?: (keys: readonly string[], prefixes: readonly string[]) => void;
}

/** A guarded backend, and what it still owes. */
export interface Guarded extends Backend {
  /** How many invalidations the backend has not acknowledged. */
  readonly owed: number;
  /** Whether the backend is asked, spared because it is mute, or being asked once whether it answers again. */
  readonly breaker: BreakerState;
  /** Removes what may be older than what was loaded since. Nothing was invalidated, so that it is owed only if there is room. */
  deleteUnsure(key: string): Awaitable<boolean>;
  /** Whether an invalidation of `key` is owed: what the backend holds there is old. */
  owes(key: string): boolean;
  /**
   * What the backend holds under `key`, owed or not, for somebody who looks on: a mute backend is spared as ever, but
   * nothing is learnt from an answer, or from none within the timeout.
   */
  peek(key: string): Awaitable<Entry | undefined>;
  /** Tries what is owed now, once. */
  replay(): Promise<void>;
}

/**
 * Bounds what a slow or dead backend can cost: every operation has a deadline, a mute backend is spared until it is
 * heard again, and an invalidation that was not acknowledged is owed and replayed. While it is owed, its key is a miss:
 * what the backend holds there is old.
 *
 * Failures still reject, so that the composite can tell "absent" from "unknown"; it is the one to absorb them.
 */
export function guarded(inner: Backend, options: GuardOptions = {}): Guarded {
  const guard = new Guard(inner, options);
  const {
    acquire,
    fill,
    renew,
    release,
    getMany,
    setMany,
    deleteMany,
    touch,
    setIf,
    increment,
    occupied,
    info,
    ping,
    sweep,
  } = inner;
  const outer = wrap(inner, {
    get: (key) => (guard.owed.covers(key) ? undefined : guard.ask('get', () => inner.get(key), key)),
    set: (key, entry) => guard.write('set', key, () => inner.set(key, entry)),
    delete: (key) => guard.delete(key),
    clear: (prefix = '') => guard.clear(prefix),
    keys: (prefix) => guard.list('keys', inner.keys(prefix)),
    occupied: occupied && ((prefix) => guard.list('occupied', inner.occupied?.(prefix) ?? [])),
    getMany: getMany && ((keys) => guard.getMany(keys)),
    setMany:
      setMany && ((items) => guard.writeMany('setMany', items.map(first), () => inner.setMany?.(items))),
    deleteMany:
      deleteMany && ((keys) => guard.writeMany('deleteMany', keys, () => inner.deleteMany?.(keys) ?? [])),
    touch:
      touch &&
      ((key, stale, end) =>
        !guard.owed.covers(key) && guard.ask('touch', () => inner.touch?.(key, stale, end) ?? false, key)),
    setIf:
      setIf &&
      ((key, entry, when) => guard.afterDebt('setIf', key, () => inner.setIf?.(key, entry, when) ?? false)),
    increment:
      increment &&
      ((key, by, ttl) => guard.afterDebt('increment', key, () => inner.increment?.(key, by, ttl) ?? 0)),
    info: info && (() => guard.ask('info', () => inner.info?.() ?? {})),
    ping: ping && (() => guard.ask('ping', () => inner.ping?.())),
    sweep: sweep && (() => guard.askAll('sweep', () => inner.sweep?.() ?? 0)),
    acquire:
      acquire &&
      ((key, token, ttl, refresh) =>
        guard.owed.covers(key)
          ? { unavailable: true }
          : guard.ask(
              'acquire',
              () => inner.acquire?.(key, token, ttl, refresh) ?? { unavailable: true },
              key,
            )),
    fill: fill && ((key, entry, token) => guard.fill(key, entry, token)),
    renew:
      renew && ((key, token, ttl) => guard.ask('renew', () => inner.renew?.(key, token, ttl) ?? false, key)),
    release:
      release && ((key, token) => guard.ask('release', () => inner.release?.(key, token) ?? false, key)),
    close: () => guard.close(),
  });
  return Object.defineProperties(outer as Guarded, {
    owed: { get: () => guard.owed.size },
    breaker: { get: () => guard.breaker },
    deleteUnsure: { value: (key: string) => guard.deleteUnsure(key) },
    owes: { value: (key: string) => guard.owed.covers(key) },
    peek: { value: (key: string) => guard.peek(key) },
    replay: { value: () => guard.replay() },
  });
}

/** What a mute backend is asked for: an internal key that is never stored, since not every backend has a `ping`. */
export const PROBE = '\0probe';
const NONE: ReadonlySet<string> = new Set();

class Guard {
  readonly owed: Owed;
  readonly #inner: Backend;
  readonly #bounded: Bounded;
  readonly #options: Required<GuardOptions>;
  #replaying: Promise<void> | undefined;
  #probing = false;
  #closed = false;

  constructor(inner: Backend, options: GuardOptions) {
    this.#inner = inner;
    this.#options = {
      timeout: 250,
      bulkTimeout: 10_000,
      retryAfter: 500,
      prefixes: [''],
      clock: systemClock,
      onReplayed: () => undefined,
      ...options,
    };
    this.owed = new Owed(this.#options.prefixes);
    this.#bounded = new Bounded({ ...this.#options, tier: inner.name }, () => this.#later());
  }

  get breaker(): BreakerState {
    if (!this.#bounded.mute) return 'closed';
    return this.#probing ? 'halfOpen' : 'open';
  }

  peek(key: string): Awaitable<Entry | undefined> {
    const read = (): Awaitable<Entry | undefined> => this.#inner.get(key);
    // Of a mute backend, to ask is to be refused.
    return this.#bounded.mute ? this.ask('get', read, key) : this.#bounded.insist('get', read);
  }

  ask<T>(operation: string, work: () => Awaitable<T>, key?: string): Awaitable<T> {
    return this.#bounded.ask(operation, work, key);
  }

  askAll<T>(operation: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.#bounded.askAll(operation, work);
  }

  /** Work that goes by what is there: while an invalidation of `key` is owed, that has to come first. */
  afterDebt<T>(operation: string, key: string, work: () => Awaitable<T>): Awaitable<T> {
    if (!this.owed.covers(key)) return this.ask(operation, work, key);
    const paidFirst = async (): Promise<T> => {
      await this.replay();
      if (!this.owed.covers(key)) return work();
      const tier = this.#inner.name;
      throw new CacheConnectionError(
        `${tier}: ${operation} has to wait, since the tier has not acknowledged an earlier invalidation of the key.`,
        { tier, key },
      );
    };
    return this.ask(operation, paidFirst, key);
  }

  /** A listing, each step of which may take as long as an operation over many keys. */
  list(operation: string, listing: ReturnType<Backend['keys']>): ReturnType<Backend['keys']> {
    return boundedListing(listing, (step) => this.askAll(operation, step));
  }

  /** A write that replaces or removes what is there: when it fails, the old value is owed a delete. */
  write<T>(operation: string, key: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.#orOwed(
      () => this.ask(operation, work, key),
      (_, asOf) => this.owed.paid(key, asOf),
      () => this.owed.oweDelete(key),
    );
  }

  delete(key: string): Awaitable<boolean> {
    return this.write('delete', key, () => this.#inner.delete(key));
  }

  deleteUnsure(key: string): Awaitable<boolean> {
    return this.#orOwed(
      () => this.ask('delete', () => this.#inner.delete(key), key),
      (_, asOf) => this.owed.paid(key, asOf),
      () => this.owed.oweUnsure(key),
    );
  }

  fill(key: string, entry: Entry, token: string): Awaitable<boolean | 'awaited'> {
    return this.#orOwed(
      () => this.ask('fill', () => this.#inner.fill?.(key, entry, token) ?? false, key),
      (stored, asOf) => stored !== false && this.owed.paid(key, asOf),
      () => this.owed.oweDelete(key),
    );
  }

  writeMany<T>(operation: string, keys: readonly string[], work: () => Awaitable<T>): Awaitable<T> {
    return this.#orOwed(
      () => this.#bounded.askMany(operation, keys.length, work),
      (_, asOf) => {
        for (const key of keys) this.owed.paid(key, asOf);
      },
      () => {
        for (const key of keys) this.owed.oweDelete(key);
      },
    );
  }

  clear(prefix: string): Awaitable<void> {
    return this.#orOwed(
      () => this.askAll('clear', () => this.#inner.clear(prefix)),
      (_, asOf) => this.owed.cleared(prefix, asOf),
      () => this.owed.oweClear(prefix),
    );
  }

  getMany(keys: readonly string[]): ReturnType<NonNullable<Backend['getMany']>> {
    const read = (): ReturnType<NonNullable<Backend['getMany']>> => this.#inner.getMany?.(keys) ?? [];
    // What is owed now is old in the answer, though it may be paid when that arrives.
    const old = this.owed.size === 0 ? NONE : new Set(keys.filter((key) => this.owed.covers(key)));
    const answers = this.#bounded.askMany('getMany', keys.length, read);
    const isOld = (key: string): boolean => old.has(key) || this.owed.covers(key);
    const trusted = (found: Awaited<typeof answers>): Awaited<typeof answers> =>
      old.size + this.owed.size === 0
        ? found
        : found.map((entry, i) => (isOld(keys[i] as string) ? undefined : entry));
    return isPending(answers) ? answers.then(trusted) : trusted(answers);
  }

  /** Asks a mute backend whether it is there again, and tries what is owed: at most one attempt at a time. */
  replay(): Promise<void> {
    this.#replaying ??= this.#replay().finally(() => {
      this.#replaying = undefined;
      if (this.#waiting) this.#later();
    });
    return this.#replaying;
  }

  async close(): Promise<void> {
    if (this.owed.size > 0)
      await Promise.resolve(this.#bounded.insist('replay', () => this.replay())).catch(() => undefined);
    this.#closed = true;
    await this.#bounded.insist('close', () => this.#inner.close?.());
  }

  /** Whether something is left to be tried again. */
  get #waiting(): boolean {
    return this.owed.size > 0 || this.#bounded.mute;
  }

  async #replay(): Promise<void> {
    if (this.#bounded.mute && !(await this.#probe())) return;
    const [keys, prefixes]: [string[], string[]] = [[], []];
    const tell = (): void => {
      if (keys.length + prefixes.length > 0) this.#options.onReplayed(keys, prefixes);
    };
    try {
      await this.#pay(keys, prefixes).finally(tell);
    } catch {
      // Still owed; the next attempt is on its way.
    }
  }

  /** Does what is owed, until something fails; adds to `keys` and `prefixes` what is done. */
  async #pay(keys: string[], prefixes: string[]): Promise<void> {
    const owed = { keys: this.owed.keys, prefixes: this.owed.prefixes };
    for (const prefix of owed.prefixes) {
      await this.clear(prefix);
      prefixes.push(prefix);
    }
    for (const key of owed.keys) {
      // A later write may have paid it meanwhile, and what that stored is not to be deleted.
      if (!this.owed.owes(key)) continue;
      await (this.owed.isUnsure(key) ? this.deleteUnsure(key) : this.delete(key));
      keys.push(key);
    }
  }

  /** Whether the backend answers again. */
  #probe(): Promise<boolean> {
    this.#probing = true;
    const answered = this.#bounded.probe(() => this.#inner.get(PROBE));
    return answered.finally(() => {
      this.#probing = false;
    });
  }

  #orOwed<T>(
    work: () => Awaitable<T>,
    paid: (answer: T, asOf: number) => void,
    owe: () => void,
  ): Awaitable<T> {
    const asOf = this.owed.now;
    const failed = (error: unknown): never => {
      // A value that cannot be carried was refused before anything changed: nothing is owed.
      if (!isRefusal(error)) {
        owe();
        this.#later();
      }
      throw error;
    };
    const done = (answer: T): T => {
      if (this.owed.size > 0) paid(answer, asOf);
      return answer;
    };
    try {
      const result = work();
      return isPending(result) ? result.then(done, failed) : done(result);
    } catch (error) {
      return failed(error);
    }
  }

  #scheduled = false;

  #later(): void {
    if (this.#scheduled || this.#closed || this.#replaying) return;
    this.#scheduled = true;
    this.#options.clock.after(this.#options.retryAfter, () => {
      this.#scheduled = false;
      if (!this.#closed && this.#waiting) void this.replay();
    });
  }
}

function first<T>([item]: readonly [T, ...unknown[]]): T {
  return item;
}
