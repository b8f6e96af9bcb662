/** How many owed keys are remembered one by one; more of them become one owed clear. */
const MOST_OWED = 10_000;

/**
 * What a tier has not acknowledged yet: keys to delete and prefixes to clear. Newest wins per key, and memory is
 * bounded: too many keys become one clear of everything the cache keeps there.
 */
export class Owed {
  readonly #keys = new Set<string>();
  readonly #prefixes = new Set<string>();
  readonly #everything: readonly string[];

  /** @param everything - the prefixes under which the cache keeps its keys */
  constructor(everything: readonly string[]) {
    this.#everything = everything;
  }

  get size(): number {
    return this.#keys.size + this.#prefixes.size;
  }

  get keys(): readonly string[] {
    return [...this.#keys];
  }

  get prefixes(): readonly string[] {
    return [...this.#prefixes];
  }

  oweDelete(key: string): void {
    if (this.covers(key)) return;
    this.#keys.add(key);
    if (this.#keys.size > MOST_OWED) for (const prefix of this.#everything) this.oweClear(prefix);
  }

  oweClear(prefix: string): void {
    this.#prefixes.add(prefix);
    for (const key of this.#keys) if (key.startsWith(prefix)) this.#keys.delete(key);
  }

  /** Whether what the tier holds under `key` cannot be trusted. */
  covers(key: string): boolean {
    if (this.#keys.has(key)) return true;
    for (const prefix of this.#prefixes) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** The tier has a newer value under `key`, or none. A clear that is owed stays. */
  paid(key: string): void {
    this.#keys.delete(key);
  }

  cleared(prefix: string): void {
    this.#prefixes.delete(prefix);
    for (const key of this.#keys) if (key.startsWith(prefix)) this.#keys.delete(key);
  }
}
