import QuickLRU from 'quick-lru';

/** What an `ExactLru` keeps of its own on each item. */
export interface Aged {
  /** The generation the item was last used in. */
  generation: number;
  /** Read behind the back of the `ExactLru` since it was last looked at. */
  used: boolean;
}

/** How many used items one eviction passes over before it takes one all the same: bounds the work of a single write. */
const MOST_SECOND_CHANCES = 8;

/**
 * quick-lru made exact: it never holds more than it is given room for, its size costs nothing, and what leaves it is known.
 *
 * quick-lru keeps two generations and drops the older one whole when the younger is full (hashlru, Dominic Tarr 2016), so
 * that it holds up to 2N-1 items and drops up to N at once. Here the owner takes the oldest item out *before* each insert
 * that would exceed N. Then the younger generation can only be full when the older one is empty, and quick-lru itself
 * never drops a thing. Generations are counted along, so that it is known which of the two an item is in.
 */
export class ExactLru<T extends Aged> {
  readonly #lru: QuickLRU<string, T>;
  readonly #maxEntries: number;
  #size = 0;
  #generation = 0;
  /** How many items are in the younger generation. */
  #young = 0;
  /** Kept between evictions: a fresh iterator would step over the holes of all earlier deletions, each time. */
  #oldestFirst: IterableIterator<[string, T]> | undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
    this.#lru = new QuickLRU({ maxSize: maxEntries });
  }

  get size(): number {
    return this.#size;
  }

  /** The item under `key`, which is now the most recently used. */
  get(key: string): T | undefined {
    const item = this.#lru.get(key);
    if (item !== undefined && item.generation !== this.#generation) this.#joinYoung(item);
    return item;
  }

  /** The item under `key`; it was not used. */
  peek(key: string): T | undefined {
    return this.#lru.peek(key);
  }

  /** Puts `item` where there is nothing yet. The caller has made room. */
  add(key: string, item: T): void {
    this.#size++;
    this.#lru.set(key, item);
    this.#joinYoung(item);
  }

  /** Puts `item` in the place of `old`. */
  replace(key: string, old: T, item: T): void {
    if (old.generation !== this.#generation) {
      // BAD: set() alone. It would leave `old` in the older generation, with all it holds, until that is dropped.
      this.delete(key, old);
      this.add(key, item);
      return;
    }
    item.generation = this.#generation;
    this.#lru.set(key, item);
  }

  delete(key: string, item: T): void {
    this.#lru.delete(key);
    this.#size--;
    if (item.generation === this.#generation) this.#young--;
  }

  /** Takes out the least recently used item; one that was `used` gets a second chance (CLOCK, Corbató 1968). */
  takeOldest(): [key: string, item: T] | undefined {
    for (let chances = MOST_SECOND_CHANCES; ; chances--) {
      const oldest = this.#nextOldest();
      if (!oldest) return undefined;
      const [key, item] = oldest;
      if (!item.used || chances === 0) {
        this.#takeOut(key, item);
        return oldest;
      }
      item.used = false;
      this.delete(key, item);
      this.add(key, item);
    }
  }

  clear(): void {
    this.#lru.clear();
    this.#size = 0;
    this.#young = 0;
    this.#oldestFirst = undefined;
  }

  [Symbol.iterator](): Iterator<[string, T]> {
    return this.#lru[Symbol.iterator]();
  }

  #joinYoung(item: T): void {
    item.generation = this.#generation;
    this.#young++;
    if (this.#young >= this.#maxEntries) this.#nextGeneration();
  }

  /** quick-lru has just made the younger generation the older one. */
  #nextGeneration(): void {
    this.#generation++;
    this.#young = 0;
    this.#oldestFirst = undefined;
  }

  #nextOldest(): [string, T] | undefined {
    this.#oldestFirst ??= this.#lru.entriesAscending();
    const next = this.#oldestFirst.next();
    if (!next.done) return next.value;
    this.#oldestFirst = undefined;
    return undefined;
  }

  #takeOut(key: string, item: T): void {
    if (item.generation !== this.#generation || this.#size === 1) {
      this.delete(key, item);
      return;
    }
    // The older generation is empty, which only a bound in bytes can lead to. evict() makes one of all that is left. That is O(n),
    // paid for by the n uses that emptied the last one; without it, uses would never be looked at again.
    this.#lru.evict(1);
    this.#size--;
    this.#nextGeneration();
  }
}
