import {
  type Backend,
  type BackendInfo,
  CacheConfigError,
  CacheError,
  CacheFullError,
  type Clock,
  type Entry,
  type Pinned,
  type SetCondition,
} from '@keepsake/core';
import { ExactLru } from './exact-lru.js';
import { copyOf, type Isolated, isolated } from './isolation.js';
import { type MemoryOptions, type ResolvedOptions, resolved } from './options.js';
import { Slot } from './slot.js';
import { Sweeper } from './sweeper.js';

/**
 * A backend in the memory of this process: synchronous throughout, bounded, the least recently used goes first.
 *
 * @throws CacheConfigError if an option is unknown or not allowed
 * @example
 * ```ts
 * import { memory } from '@keepsake/memory';
 * const backend = memory({ maxEntries: 1000, isolation: 'freeze' });
 * const now = Date.now();
 * backend.set('user:42', { value: { name: 'Ada' }, createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 });
 * backend.get('user:42')?.value; // { name: 'Ada' }
 * ```
 */
export function memory(options: MemoryOptions = {}): MemoryBackend {
  return new MemoryBackend(resolved(options));
}

type Victims = [key: string, slot: Slot][];

/** What `memory()` makes: a `Backend` none of whose answers is a promise. */
export class MemoryBackend implements Backend {
  readonly name: string;
  readonly local = true;
  readonly #options: ResolvedOptions;
  readonly #clock: Clock;
  readonly #slots: ExactLru<Slot>;
  readonly #sweeper: Sweeper;
  readonly #countsBytes: boolean;
  #bytes = 0;

  /** @internal use `memory()` */
  constructor(options: ResolvedOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock;
    this.#slots = new ExactLru(options.maxEntries);
    this.#sweeper = new Sweeper(options.clock, options.sweepEvery, () => this.sweep());
    this.#countsBytes = options.maxBytes !== Number.POSITIVE_INFINITY;
  }

  /** The entry under `key`, now the most recently used. */
  get(key: string): Entry | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (!this.#isLive(slot)) {
      this.#drop(key, slot);
      return undefined;
    }
    return slot.copies ? copyOf(slot.stored, key) : slot.stored;
  }

  /**
   * Stores `entry`, and evicts for it where there is no room. What refuses an entry leaves the old one as it was.
   *
   * @throws CacheFullError if there is no room and `onFull` is `'reject'`, or if it alone exceeds `maxBytes`
   * @throws CacheSerializationError if its value cannot be isolated
   */
  set(key: string, entry: Entry): void {
    this.#store(key, isolated(entry, this.#options.isolation, key), this.#slots.peek(key));
  }

  delete(key: string): boolean {
    const slot = this.#slots.peek(key);
    if (slot === undefined) return false;
    this.#drop(key, slot);
    return this.#isLive(slot);
  }

  clear(prefix = ''): void {
    for (const [key, slot] of prefix === '' ? this.#slots : [...this.#slots]) {
      if (prefix === '') slot.dead = true;
      else if (key.startsWith(prefix)) this.#drop(key, slot);
    }
    if (prefix === '') this.#forgetAll();
  }

  keys(prefix = ''): Iterable<string> {
    const internal = prefix.startsWith('\0');
    const keys: string[] = [];
    for (const [key, slot] of this.#slots) {
      if (key.startsWith(prefix) && (internal || !key.startsWith('\0')) && this.#isLive(slot)) keys.push(key);
    }
    return keys;
  }

  touch(key: string, staleAt: number, expiresAt: number): boolean {
    const slot = this.#live(key);
    if (!slot) return false;
    const entry = { ...slot.stored, staleAt, expiresAt };
    slot.stored = Object.isFrozen(slot.stored) ? Object.freeze(entry) : entry;
    this.#sweeper.expect(expiresAt);
    return true;
  }

  /** As `set`, if nothing live is there (`absent`) or something is (`present`). */
  setIf(key: string, entry: Entry, condition: SetCondition): boolean {
    if ((this.#live(key) !== undefined) !== (condition === 'present')) return false;
    this.set(key, entry);
    return true;
  }

  /**
   * Adds to the integer under `key`. A counter is an entry whose value is the integer, so `get` reads it.
   *
   * @throws CacheConfigError if `by` is not a whole number
   * @throws CacheError if what is under `key` is not a whole number, or would no longer be an exact one
   * @throws CacheFullError if there is no room for a new counter and `onFull` is `'reject'`
   */
  increment(key: string, by: number, ttl = Number.POSITIVE_INFINITY): number {
    if (!Number.isSafeInteger(by)) {
      throw new CacheConfigError(`increment: ${by} cannot be added. Allowed: a whole number.`, { key });
    }
    const old = this.#live(key);
    const value = ((old?.stored.value ?? 0) as number) + by;
    if (!Number.isSafeInteger(value) || old?.stored.value === null) {
      throw new CacheError('increment: the value is not a whole number, or would become inexact.', {
        key,
        tier: this.name,
      });
    }
    const now = this.#clock.now();
    const life = { createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
    this.#store(key, { entry: { ...(old?.stored ?? life), value }, copies: false }, this.#slots.peek(key));
    return value;
  }

  /** `size` counts what is held, the expired among it that no sweep has met yet. */
  info(): BackendInfo {
    const { maxEntries, maxBytes } = this.#options;
    const size = { size: this.#slots.size, maxSize: maxEntries };
    return this.#countsBytes ? { ...size, bytes: this.#bytes, maxBytes } : size;
  }

  /** Drops what has expired. The number of dropped entries. */
  sweep(): number {
    const now = this.#clock.now();
    let dropped = 0;
    let next = Number.POSITIVE_INFINITY;
    for (const [key, slot] of this.#sweeper.due(now) ? [...this.#slots] : []) {
      if (slot.stored.expiresAt <= now) {
        this.#drop(key, slot);
        dropped++;
      } else next = Math.min(next, slot.stored.expiresAt);
    }
    this.#sweeper.swept(now, next);
    if (this.#slots.size === 0) this.#sweeper.stop();
    return dropped;
  }

  /**
   * A live view of the entry under `key`: reading it costs a property, and keeps it from being evicted as unused.
   * Nothing where each reader must get a copy of its own.
   */
  pin(key: string): Pinned | undefined {
    const slot = this.#live(key);
    return slot && !slot.copies ? slot : undefined;
  }

  /** Drops everything and stops the sweep. */
  close(): void {
    this.clear();
  }

  #isLive(slot: Slot): boolean {
    const { expiresAt } = slot.stored;
    return expiresAt === Number.POSITIVE_INFINITY || this.#clock.now() < expiresAt;
  }

  #live(key: string): Slot | undefined {
    const slot = this.#slots.get(key);
    return slot !== undefined && this.#isLive(slot) ? slot : undefined;
  }

  #store(key: string, { entry, copies }: Isolated, old: Slot | undefined): void {
    const slot = new Slot(entry, this.#countsBytes ? this.#sizeOf(entry.value, key) : 0, copies);
    if (!this.#fits(slot, old)) this.#refuseIfFull(key, slot, old);
    // Looked up again: the refusal may have swept it.
    const place = old?.dead ? undefined : old;
    if (this.#fits(slot, place)) {
      this.#put(key, slot, place);
      return;
    }
    if (place) this.#drop(key, place);
    const victims = this.#makeRoom(slot);
    this.#put(key, slot, undefined);
    this.#tell(victims);
  }

  #sizeOf(value: unknown, key: string): number {
    const bytes = this.#options.sizeOf(value, key);
    if (typeof bytes === 'number' && bytes >= 0 && bytes !== Number.POSITIVE_INFINITY) return bytes;
    throw new CacheConfigError(
      `memory: sizeOf returned ${String(bytes)}. Allowed: a number of bytes, 0 or more.`,
      { key, tier: this.name },
    );
  }

  #fits(slot: Slot, old: Slot | undefined): boolean {
    const { maxEntries, maxBytes } = this.#options;
    if (!old && this.#slots.size >= maxEntries) return false;
    return this.#bytes - (old?.bytes ?? 0) + slot.bytes <= maxBytes;
  }

  #refuseIfFull(key: string, slot: Slot, old: Slot | undefined): void {
    const { onFull, maxBytes, maxEntries } = this.#options;
    const details = { key, tier: this.name };
    if (slot.bytes > maxBytes) {
      throw new CacheFullError(
        `memory: an entry of ${slot.bytes} bytes does not fit. Raise maxBytes (${maxBytes}) or store less.`,
        details,
      );
    }
    if (onFull === 'evict') return;
    this.sweep();
    if (this.#fits(slot, old?.dead ? undefined : old)) return;
    throw new CacheFullError(
      `memory: full (${this.#slots.size} of ${maxEntries} entries, ${this.#bytes} of ${maxBytes} bytes), ` +
        `and onFull is 'reject'. Raise the bound, delete, or use onFull: 'evict'.`,
      details,
    );
  }

  #makeRoom(slot: Slot): Victims {
    const victims: Victims = [];
    while (!this.#fits(slot, undefined)) {
      const victim = this.#slots.takeOldest();
      if (!victim) break;
      this.#bury(victim[1]);
      victims.push(victim);
    }
    return victims;
  }

  #put(key: string, slot: Slot, old: Slot | undefined): void {
    if (old) {
      this.#slots.replace(key, old, slot);
      this.#bury(old);
    } else this.#slots.add(key, slot);
    this.#bytes += slot.bytes;
    this.#sweeper.expect(slot.stored.expiresAt);
  }

  #drop(key: string, slot: Slot): void {
    this.#slots.delete(key, slot);
    this.#bury(slot);
  }

  #bury(slot: Slot): void {
    slot.dead = true;
    this.#bytes -= slot.bytes;
  }

  #forgetAll(): void {
    this.#slots.clear();
    this.#bytes = 0;
    this.#sweeper.stop();
  }

  #tell(victims: Victims): void {
    const { onEvict } = this.#options;
    if (!onEvict) return;
    for (const [key, slot] of victims) {
      try {
        onEvict(key, slot.stored);
      } catch {
        // The write that needed the room has happened; a listener cannot make it fail.
      }
    }
  }
}
