import { type Awaitable, attempt, chain, isPending, settle } from '../contract/awaitable.js';
import type { Acquired, Backend, BackendInfo, SetCondition } from '../contract/backend.js';
import { capped, type Entry } from '../contract/entry.js';
import { isRefusal } from '../errors.js';
import type { TierStats } from '../events/stats.js';
import type { Clock } from '../time/clock.js';
import { type Duration, milliseconds } from '../time/duration.js';
import type { Guarded } from '../wrappers/guarded.js';
import { all } from './all.js';
import { GatheredReads } from './gathered-reads.js';

/** A backend's place in a stack, as it is asked for. */
export interface TierOptions {
  readonly backend: Backend;
  /** The longest life an entry gets in this tier. @default 'forever' */
  readonly maxTtl?: Duration;
}

/** The answer of a tier that could not be asked. It is not a miss: whoever needs to know the difference can tell. */
export const unavailable = Symbol('unavailable');

/** What a touch changes of an entry, in epoch ms. */
export type Instants = Pick<Entry, 'staleAt' | 'expiresAt'>;

/** A tier failed at `operation`; what it was asked for degraded to a miss or to nothing. */
export interface TierFailure {
  readonly tier: string;
  readonly operation: string;
  readonly key?: string;
  readonly error: unknown;
}

/**
 * One tier of a stack: its backend, what it counted, and the rule that a failing tier costs nothing but hits.
 *
 * Every failure is absorbed here, once: counted, reported, and answered with `unavailable`.
 */
export class Tier {
  readonly backend: Backend;
  readonly maxTtl: number;
  hits = 0;
  misses = 0;
  errors = 0;
  available = true;
  #info: BackendInfo = {};
  /** Prefixes under which everything is being removed, and how often at once. */
  readonly #dropping = new Map<string, number>();
  #gathered: GatheredReads | undefined;
  readonly #clock: Clock;
  readonly #report: (failure: TierFailure) => void;

  constructor(options: TierOptions, clock: Clock, report: (failure: TierFailure) => void) {
    this.backend = options.backend;
    this.maxTtl = milliseconds(options.maxTtl ?? 'forever', 'maxTtl');
    this.#clock = clock;
    this.#report = report;
  }

  get name(): string {
    return this.backend.name;
  }

  get local(): boolean {
    return this.backend.local === true;
  }

  get(key: string): Awaitable<Entry | undefined | typeof unavailable> {
    if (this.#dropping.size > 0 && this.#isDropped(key)) return undefined;
    const gathered = this.#gathered?.add([key]);
    if (gathered) return gathered.then((answers) => (answers === unavailable ? answers : answers[0]));
    return this.attempt('get', key, () => this.backend.get(key));
  }

  getMany(keys: readonly string[]): Awaitable<readonly (Entry | undefined)[] | typeof unavailable> {
    if (this.#dropping.size === 0) return this.#getMany(keys);
    const trusted = (found: readonly (Entry | undefined)[] | typeof unavailable): typeof found =>
      found === unavailable
        ? found
        : found.map((entry, i) => (this.#isDropped(keys[i] as string) ? undefined : entry));
    return chain(this.#getMany(keys), trusted);
  }

  #getMany(keys: readonly string[]): Awaitable<readonly (Entry | undefined)[] | typeof unavailable> {
    const { backend } = this;
    if (this.#gathered) return this.#gathered.add(keys);
    if (backend.getMany) return this.attempt('getMany', undefined, () => backend.getMany?.(keys) ?? []);
    return all(
      keys.map((key) => this.get(key)),
      (answers) => answers.map((answer) => (answer === unavailable ? undefined : answer)),
    );
  }

  /** One answer per key, in order. */
  getEach(keys: readonly string[]): Awaitable<readonly (Entry | undefined | typeof unavailable)[]> {
    if (!this.backend.getMany) {
      return all(
        keys.map((key) => this.get(key)),
        (answers) => answers,
      );
    }
    const answers = this.getMany(keys);
    return isPending(answers) ? answers.then((found) => each(keys, found)) : each(keys, answers);
  }

  /** Does `work`; what it reads here before it returns is read in one batch, where the backend has one. */
  together<T>(work: () => T): T {
    if (this.local || !this.backend.getMany || this.#gathered) return work();
    const gathered = new GatheredReads();
    this.#gathered = gathered;
    try {
      return work();
    } finally {
      this.#gathered = undefined;
      gathered.send((keys) => this.getMany(keys));
    }
  }

  /** Stores within this tier's `maxTtl`. Where that fails, the old value is removed: it must not outlive the new one. */
  set(key: string, entry: Entry): Awaitable<true | typeof unavailable> {
    return this.#orRemoved(
      key,
      this.#write<true>('set', key, () => this.#put(key, entry)),
    );
  }

  /**
   * As `set`, for a value that its user stores explicitly.
   *
   * @throws CacheSerializationError if the tier cannot carry the value; nothing has changed then
   */
  store(key: string, entry: Entry): Awaitable<true | typeof unavailable> {
    const write = this.#orRefused<true>('set', key, () => this.#put(key, entry));
    return chain(write, (stored) => this.#orRemoved(key, stored));
  }

  /**
   * As `store`, for many: in one batch where the backend has one.
   *
   * @throws CacheSerializationError if the tier cannot carry one of the values; some of the others may be stored then
   */
  storeMany(items: readonly (readonly [string, Entry])[]): Awaitable<unknown> {
    const { backend } = this;
    if (!backend.setMany || items.length === 1) return this.#storeEach(items);
    const within = items.map(([key, entry]) => [key, this.#within(entry)] as const);
    const write = this.#orRefused<true>('setMany', undefined, () =>
      chain(backend.setMany?.(within), () => undefined),
    );
    return chain(
      write,
      (stored): Awaitable<unknown> =>
        stored === unavailable ? this.deleteMany(items.map(([key]) => key)) : stored,
    );
  }

  /** As `set`, under the lease of `token` where the backend grants leases. `false`: the lease was void; `'awaited'`: somebody waits. */
  fill(
    key: string,
    entry: Entry,
    token: string | undefined,
  ): Awaitable<boolean | 'awaited' | typeof unavailable> {
    const { backend } = this;
    if (token === undefined || !backend.fill) return this.set(key, entry);
    return this.#orRemoved(
      key,
      this.#write('fill', key, () => backend.fill?.(key, this.#within(entry), token) ?? false),
    );
  }

  /**
   * Stores only if nothing live is there, or only if something is.
   *
   * @throws CacheSerializationError if the tier cannot carry the value
   */
  setIf(key: string, entry: Entry, condition: SetCondition): Awaitable<boolean | typeof unavailable> {
    const { backend } = this;
    if (backend.setIf) {
      return this.#orRefused(
        'setIf',
        key,
        () => backend.setIf?.(key, this.#within(entry), condition) ?? false,
      );
    }
    const store = (there: Entry | undefined | typeof unavailable): Awaitable<boolean | typeof unavailable> =>
      there === unavailable
        ? unavailable
        : (there === undefined) === (condition === 'absent')
          ? this.store(key, entry)
          : false;
    const there = this.get(key);
    return isPending(there) ? there.then(store) : store(there);
  }

  delete(key: string): Awaitable<boolean | typeof unavailable> {
    return this.attempt('delete', key, () => this.backend.delete(key));
  }

  /** Removes what may be older than what was loaded since; nothing was invalidated. */
  deleteUnsure(key: string): Awaitable<boolean | typeof unavailable> {
    const backend = this.backend as Backend & Partial<Pick<Guarded, 'deleteUnsure'>>;
    return this.attempt('delete', key, () => backend.deleteUnsure?.(key) ?? backend.delete(key));
  }

  /** One answer per key, in order. */
  deleteMany(keys: readonly string[]): Awaitable<readonly (boolean | typeof unavailable)[]> {
    const { backend } = this;
    if (!backend.deleteMany || keys.length === 1) {
      return all(
        keys.map((key) => this.delete(key)),
        (answers) => answers,
      );
    }
    const batch = this.attempt('deleteMany', undefined, () => backend.deleteMany?.(keys) ?? []);
    return chain(batch, (answers) => (answers === unavailable ? keys.map(() => unavailable) : answers));
  }

  clear(prefix?: string): Awaitable<unknown> {
    return this.attempt('clear', prefix, () => this.backend.clear(prefix));
  }

  /** As `clear`. While that is under way, nothing is read there: another process has removed it, or may have. */
  drop(prefix: string): Awaitable<unknown> {
    const cleared = this.clear(prefix);
    if (!isPending(cleared)) return cleared;
    this.#dropping.set(prefix, (this.#dropping.get(prefix) ?? 0) + 1);
    return settle(
      () => cleared,
      () => {
        const others = (this.#dropping.get(prefix) ?? 1) - 1;
        if (others > 0) this.#dropping.set(prefix, others);
        else this.#dropping.delete(prefix);
      },
    );
  }

  #isDropped(key: string): boolean {
    for (const prefix of this.#dropping.keys()) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** Gives the entry new instants; `false` if there is none. */
  touch(key: string, { staleAt, expiresAt }: Instants): Awaitable<boolean | typeof unavailable> {
    const { backend } = this;
    if (!backend.touch) return this.retime(key, () => ({ staleAt, expiresAt }));
    const end = Math.min(expiresAt, this.#clock.now() + this.maxTtl);
    return this.attempt('touch', key, () => backend.touch?.(key, staleAt, end) ?? false);
  }

  /** Gives the entry that is there the instants that follow from its own; `false` if there is none. */
  retime(key: string, instants: (entry: Entry) => Instants): Awaitable<boolean | typeof unavailable> {
    const retimed = (
      there: Entry | undefined | typeof unavailable,
    ): Awaitable<boolean | typeof unavailable> => {
      if (there === unavailable) return unavailable;
      if (there === undefined) return false;
      const life = instants(there);
      return this.backend.touch ? this.touch(key, life) : this.set(key, { ...there, ...life });
    };
    const there = this.get(key);
    return isPending(there) ? there.then(retimed) : retimed(there);
  }

  /** Reads or takes the lease; without leases a miss is a grant. */
  acquire(key: string, token: string, ttl: number, refresh?: 'refresh'): Awaitable<Acquired> {
    const { backend } = this;
    if (backend.acquire) {
      const answer = this.attempt(
        'acquire',
        key,
        () => backend.acquire?.(key, token, ttl, refresh) ?? UNAVAILABLE,
      );
      return isPending(answer) ? answer.then(asAcquired) : asAcquired(answer);
    }
    if (refresh) return GRANTED;
    const there = this.get(key);
    return isPending(there) ? there.then(asGrant) : asGrant(there);
  }

  /** Keeps the lease of `token` for another `ttl` ms; `false` if it was lost. */
  renew(key: string, token: string, ttl: number): Awaitable<boolean | typeof unavailable> {
    const { backend } = this;
    if (!backend.renew) return true;
    return this.attempt('renew', key, () => backend.renew?.(key, token, ttl) ?? false);
  }

  /** Gives the lease of `token` up; `true` if somebody waits for it. */
  release(key: string, token: string): Awaitable<boolean | typeof unavailable> {
    return this.attempt('release', key, () => this.backend.release?.(key, token) ?? false);
  }

  /** What was counted, and what the backend holds: as it says now, or said last where it needs time to say. */
  stats(): TierStats {
    this.#ask();
    const { name, hits, misses, errors, available } = this;
    return { name, size: this.#info.size, maxSize: this.#info.maxSize, hits, misses, errors, available };
  }

  /** Does `work`; a failure is counted, reported and answered with `unavailable`. */
  attempt<T>(
    operation: string,
    key: string | undefined,
    work: () => Awaitable<T>,
  ): Awaitable<T | typeof unavailable> {
    try {
      const result = work();
      if (!isPending(result)) return this.#answered(result);
      return result.then(
        (value) => this.#answered(value),
        (error: unknown) => this.#failed(operation, key, error),
      );
    } catch (error) {
      return this.#failed(operation, key, error);
    }
  }

  /** Asks for figures. Whoever looks on changes nothing: a failure is none of the tier's. */
  #ask(): void {
    const learn = (info: BackendInfo): void => {
      this.#info = info;
    };
    const nothing = (): undefined => undefined;
    const answer = attempt(() => this.backend.info?.(), nothing);
    void chain(answer, (info) => info && learn(info));
  }

  /** All of them, although one is refused, so that nothing is under way when that is undone. */
  #storeEach(items: readonly (readonly [string, Entry])[]): Awaitable<unknown> {
    let refusal: { readonly error: unknown } | undefined;
    const stored = items.map(([key, entry]) =>
      attempt(
        () => this.store(key, entry),
        (error) => {
          refusal ??= { error };
          return unavailable;
        },
      ),
    );
    return all<unknown, unknown>(stored, () => {
      if (refusal) throw refusal.error;
      return undefined;
    });
  }

  /** As `#write`, where the error of a value that the tier cannot carry is the caller's. */
  #orRefused<T extends boolean>(
    operation: string,
    key: string | undefined,
    work: () => Awaitable<T | undefined>,
  ): Awaitable<T | true | typeof unavailable> {
    let refusal: { readonly error: unknown } | undefined;
    const write = this.#write<T>(operation, key, work, (error) => {
      refusal = { error };
    });
    return chain(write, (stored) => {
      if (refusal) throw refusal.error;
      return stored;
    });
  }

  /** As `attempt`, for a write; `refused` takes over the error of a value that the tier cannot carry. */
  #write<T extends boolean | 'awaited'>(
    operation: string,
    key: string | undefined,
    work: () => Awaitable<T | undefined>,
    refused?: (error: unknown) => void,
  ): Awaitable<T | true | typeof unavailable> {
    const done = (value: T | undefined): T | true => this.#answered(value ?? true);
    const failed = (error: unknown): typeof unavailable => {
      if (!refused || !isRefusal(error)) return this.#failed(operation, key, error);
      refused(error);
      return unavailable;
    };
    try {
      const result = work();
      return isPending(result) ? result.then(done, failed) : done(result);
    } catch (error) {
      return failed(error);
    }
  }

  #orRemoved<T>(key: string, written: Awaitable<T | typeof unavailable>): Awaitable<T | typeof unavailable> {
    return chain(written, (answer) =>
      answer === unavailable ? chain(this.delete(key), (): typeof unavailable => unavailable) : answer,
    );
  }

  #put(key: string, entry: Entry): Awaitable<undefined> {
    return chain(this.backend.set(key, this.#within(entry)), () => undefined);
  }

  #within(entry: Entry): Entry {
    return this.maxTtl === Number.POSITIVE_INFINITY ? entry : capped(entry, this.#clock.now(), this.maxTtl);
  }

  #answered<T>(value: T): T {
    this.available = true;
    return value;
  }

  #failed(operation: string, key: string | undefined, error: unknown): typeof unavailable {
    this.errors++;
    if (!isRefusal(error)) this.available = false;
    this.#report({ tier: this.name, operation, error, ...(key === undefined ? {} : { key }) });
    return unavailable;
  }
}

const GRANTED: Acquired = { granted: true };
const UNAVAILABLE: Acquired = { unavailable: true };

function asAcquired(answer: Acquired | typeof unavailable): Acquired {
  return answer === unavailable ? UNAVAILABLE : answer;
}

function each(
  keys: readonly string[],
  answers: readonly (Entry | undefined)[] | typeof unavailable,
): readonly (Entry | undefined | typeof unavailable)[] {
  return answers === unavailable ? keys.map(() => unavailable) : answers;
}

function asGrant(there: Entry | undefined | typeof unavailable): Acquired {
  if (there === unavailable) return UNAVAILABLE;
  return there ? { entry: there } : GRANTED;
}
