/** How many owed keys are remembered one by one; more of them become one owed clear. */
const MOST_KEYS = 10_000;
/** How many owed prefixes are remembered one by one: every read asks all of them. */
const MOST_PREFIXES = 100;

/**
 * What a tier has not acknowledged yet: keys to delete and prefixes to clear. Newest wins per key, and memory is
 * bounded: too much of it becomes one clear of everything the cache keeps there.
 *
 * Debts are numbered, so that an answer pays only what was owed before its request began.
 */
export class Owed {
  readonly #keys = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  /** Those of `#keys` that no invalidation was about, the oldest first. */
  readonly #unsure = new Set<string>();
  readonly #everything: readonly string[];
  #now = 0;

  /** @param everything - the prefixes under which the cache keeps its keys */
  constructor(everything: readonly string[]) {
    this.#everything = everything;
  }

  get size(): number {
    return this.#keys.size + this.#prefixes.size;
  }

  get keys(): readonly string[] {
    return [...this.#keys.keys()];
  }

  get prefixes(): readonly string[] {
    return [...this.#prefixes.keys()];
  }

  /** The number of the last debt. */
  get now(): number {
    return this.#now;
  }

  oweDelete(key: string): void {
    this.#unsure.delete(key);
    this.#owe(key);
  }

  /**
   * As `oweDelete`, where nothing was invalidated: what the tier holds is only older than what was loaded since. When there
   * are too many of these, the oldest is forgotten, rather than that everything is cleared.
   */
  oweUnsure(key: string): void {
    if (!this.#keys.has(key) && this.#covering(key) === undefined) this.#unsure.add(key);
    this.#owe(key);
  }

  oweClear(prefix: string): void {
    this.#add(prefix);
    if (this.#prefixes.size > MOST_PREFIXES) this.#oweEverything();
  }

  /** Whether a delete of just this key is owed. */
  owes(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Whether the delete of this key that is owed is no invalidation. */
  isUnsure(key: string): boolean {
    return this.#unsure.has(key);
  }

  /** Whether what the tier holds under `key` cannot be trusted. */
  covers(key: string): boolean {
    return this.#keys.has(key) || this.#covering(key) !== undefined;
  }

  /** The tier has a newer value under `key`, or none, since before the debt `asOf`. A clear that is owed stays. */
  paid(key: string, asOf: number): void {
    if ((this.#keys.get(key) ?? Number.POSITIVE_INFINITY) <= asOf) this.#forget(key);
  }

  /** As `paid`, for everything under `prefix`. */
  cleared(prefix: string, asOf: number): void {
    for (const debts of [this.#keys, this.#prefixes]) {
      for (const [debt, number] of debts) {
        if (!debt.startsWith(prefix) || number > asOf) continue;
        debts.delete(debt);
        this.#unsure.delete(debt);
      }
    }
  }

  #owe(key: string): void {
    const covering = this.#covering(key);
    if (covering === undefined) this.#keys.set(key, ++this.#now);
    else this.#prefixes.set(covering, ++this.#now);
    if (this.#keys.size <= MOST_KEYS) return;
    const [oldest] = this.#unsure;
    if (oldest === undefined) this.#oweEverything();
    else this.#forget(oldest);
  }

  #forget(key: string): void {
    this.#keys.delete(key);
    this.#unsure.delete(key);
  }

  #covering(key: string): string | undefined {
    for (const prefix of this.#prefixes.keys()) if (key.startsWith(prefix)) return prefix;
    return undefined;
  }

  #add(prefix: string): void {
    const covering = this.#covering(prefix);
    if (covering === undefined) this.cleared(prefix, this.#now);
    this.#prefixes.set(covering ?? prefix, ++this.#now);
  }

  #oweEverything(): void {
    for (const prefix of this.#everything) this.#add(prefix);
  }
}
