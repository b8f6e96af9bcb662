import { type Awaitable, isPending } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { CacheTimeoutError, isRefusal } from '../errors.js';
import { type Clock, systemClock } from '../time/clock.js';
import { withDeadline } from './deadline.js';
import { Owed } from './owed.js';
import { wrap } from './wrap.js';

export interface GuardOptions {
  /** How long one operation may take, in ms. @default 250 */
  readonly timeout?: number;
  /** How long an operation over many keys (`clear`, `sweep`, batches) may take, in ms. @default 10 000 */
  readonly bulkTimeout?: number;
  /** How long to wait before what is owed is tried again, in ms. @default 500 */
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
  /** Tries what is owed now, once. */
  replay(): Promise<void>;
}

/**
 * Bounds what a slow or dead backend can cost: every operation has a deadline, and an invalidation that was not
 * acknowledged is owed and replayed. While it is owed, its key is a miss: what the backend holds there is old.
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
    info,
    ping,
    sweep,
  } = inner;
  const outer = wrap(inner, {
    get: (key) => (guard.owed.covers(key) ? undefined : guard.ask('get', () => inner.get(key), key)),
    set: (key, entry) => guard.write('set', key, () => inner.set(key, entry)),
    delete: (key) => guard.write('delete', key, () => inner.delete(key)),
    clear: (prefix = '') => guard.clear(prefix),
    getMany: getMany && ((keys) => guard.getMany(keys)),
    setMany:
      setMany && ((items) => guard.writeMany('setMany', items.map(first), () => inner.setMany?.(items))),
    deleteMany:
      deleteMany && ((keys) => guard.writeMany('deleteMany', keys, () => inner.deleteMany?.(keys) ?? [])),
    touch:
      touch && ((key, stale, end) => guard.ask('touch', () => inner.touch?.(key, stale, end) ?? false, key)),
    setIf:
      setIf &&
      ((key, entry, when) => guard.ask('setIf', () => inner.setIf?.(key, entry, when) ?? false, key)),
    increment:
      increment &&
      ((key, by, ttl) => guard.ask('increment', () => inner.increment?.(key, by, ttl) ?? 0, key)),
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
    release: release && ((key, token) => guard.ask('release', () => inner.release?.(key, token), key)),
    close: () => guard.close(),
  });
  return Object.defineProperties(outer as Guarded, {
    owed: { get: () => guard.owed.size },
    replay: { value: () => guard.replay() },
  });
}

class Guard {
  readonly owed: Owed;
  readonly #inner: Backend;
  readonly #options: Required<GuardOptions>;
  #replaying: Promise<void> | undefined;
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
  }

  ask<T>(
    operation: string,
    work: () => Awaitable<T>,
    key?: string,
    limit = this.#options.timeout,
  ): Awaitable<T> {
    const tier = this.#inner.name;
    const late = (): Error =>
      new CacheTimeoutError(`${tier}: ${operation} took longer than ${limit} ms.`, {
        tier,
        ...(key === undefined ? {} : { key }),
      });
    return withDeadline(work(), limit, this.#options.clock, late);
  }

  askAll<T>(operation: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.ask(operation, work, undefined, this.#options.bulkTimeout);
  }

  /** A write that replaces or removes what is there: when it fails, the old value is owed a delete. */
  write<T>(operation: string, key: string, work: () => Awaitable<T>): Awaitable<T> {
    return this.#orOwed(
      () => this.ask(operation, work, key),
      () => this.owed.paid(key),
      () => this.owed.oweDelete(key),
    );
  }

  fill(key: string, entry: Entry, token: string): Awaitable<boolean> {
    return this.#orOwed(
      () => this.ask('fill', () => this.#inner.fill?.(key, entry, token) ?? false, key),
      (stored) => stored && this.owed.paid(key),
      () => this.owed.oweDelete(key),
    );
  }

  writeMany<T>(operation: string, keys: readonly string[], work: () => Awaitable<T>): Awaitable<T> {
    return this.#orOwed(
      () => this.askAll(operation, work),
      () => {
        for (const key of keys) this.owed.paid(key);
      },
      () => {
        for (const key of keys) this.owed.oweDelete(key);
      },
    );
  }

  clear(prefix: string): Awaitable<void> {
    return this.#orOwed(
      () => this.askAll('clear', () => this.#inner.clear(prefix)),
      () => this.owed.cleared(prefix),
      () => this.owed.oweClear(prefix),
    );
  }

  getMany(keys: readonly string[]): ReturnType<NonNullable<Backend['getMany']>> {
    const answers = this.askAll('getMany', () => this.#inner.getMany?.(keys) ?? []);
    const trusted = (found: Awaited<typeof answers>): Awaited<typeof answers> =>
      this.owed.size === 0
        ? found
        : found.map((entry, i) => (this.owed.covers(keys[i] as string) ? undefined : entry));
    return isPending(answers) ? answers.then(trusted) : trusted(answers);
  }

  /** Tries what is owed: at most one attempt at a time. */
  replay(): Promise<void> {
    this.#replaying ??= this.#replay().finally(() => {
      this.#replaying = undefined;
      if (this.owed.size > 0) this.#later();
    });
    return this.#replaying;
  }

  async close(): Promise<void> {
    if (this.owed.size > 0)
      await Promise.resolve(this.ask('replay', () => this.replay())).catch(() => undefined);
    this.#closed = true;
    await this.ask('close', () => this.#inner.close?.());
  }

  async #replay(): Promise<void> {
    const { keys, prefixes } = this.owed;
    try {
      for (const prefix of prefixes) await this.clear(prefix);
      for (const key of keys) await this.write('delete', key, () => this.#inner.delete(key));
      this.#options.onReplayed(keys, prefixes);
    } catch {
      // Still owed; the next attempt is on its way.
    }
  }

  #orOwed<T>(work: () => Awaitable<T>, paid: (answer: T) => void, owe: () => void): Awaitable<T> {
    const failed = (error: unknown): never => {
      // A value that cannot be carried was refused before anything changed: nothing is owed.
      if (!isRefusal(error)) {
        owe();
        this.#later();
      }
      throw error;
    };
    const done = (answer: T): T => {
      if (this.owed.size > 0) paid(answer);
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
      if (!this.#closed && this.owed.size > 0) void this.replay();
    });
  }
}

function first<T>([item]: readonly [T, ...unknown[]]): T {
  return item;
}
