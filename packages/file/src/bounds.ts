import { statSync } from 'node:fs';
import { CacheFullError } from '@keepsake/core';
import { Journal } from './journal.js';
import { pathOf } from './layout.js';
import { removeFile } from './remove-file.js';
import { survey } from './survey.js';
import { Usage } from './usage.js';

/** How many entries and bytes a directory may hold. */
export interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * Keeps a directory within its limits by evicting the least recently used entries.
 *
 * The directory is surveyed once, at the first write. From then on this process knows what it does itself, and learns
 * from the journal what others do. Recency of use is that of this process, and that of writing for what others wrote.
 */
export class Bounds {
  readonly limits: Limits;
  readonly #directory: string;
  readonly #journal: Journal;
  readonly #usage = new Usage();
  /** Admitted and not on the disk yet: nothing that could be evicted. */
  readonly #writing = new Set<string>();
  #surveyed = false;
  #surveying: Promise<void> | undefined;
  /** What happened since the running survey began, and may be unknown to it. */
  #changed: Set<string> | undefined;

  constructor(directory: string, limits: Limits, fileMode: number) {
    this.limits = limits;
    this.#directory = directory;
    this.#journal = new Journal(directory, fileMode);
  }

  /**
   * Makes room for an entry that is about to be written.
   *
   * @throws CacheFullError if it is larger than all the room there is
   */
  async admit(name: string, bytes: number, tier: string, key: string): Promise<void> {
    if (bytes > this.limits.maxBytes) throw tooLarge(bytes, this.limits.maxBytes, tier, key);
    await this.#refresh();
    this.#writing.add(name);
    this.#usage.add(name, bytes);
    this.#evict();
  }

  /** After the write of an admitted entry. */
  async landed(name: string, bytes: number): Promise<void> {
    this.#writing.delete(name);
    this.#changed?.add(name);
    this.#journal.add({ name, bytes });
    await this.#refresh();
    this.#evict();
  }

  /** After a write that was admitted and failed: what was there before still is. */
  failed(name: string): void {
    this.#writing.delete(name);
    this.#changed?.add(name);
    const stats = statSync(pathOf(this.#directory, name), { throwIfNoEntry: false });
    if (stats) this.#usage.correct(name, stats.size);
    else this.#usage.remove(name);
  }

  /** After an entry was removed. */
  removed(name: string): void {
    this.#changed?.add(name);
    this.#usage.remove(name);
    this.#journal.add({ name, bytes: 0 });
  }

  used(name: string): void {
    this.#usage.use(name);
  }

  /** How much there is. */
  async known(): Promise<{ readonly size: number; readonly bytes: number }> {
    await this.#refresh();
    return { size: this.#usage.count, bytes: this.#usage.bytes };
  }

  /** Learns what others did; at once where nothing has to be surveyed. */
  async #refresh(): Promise<void> {
    if (this.#surveying === undefined && this.#caughtUp()) return;
    this.#surveying ??= this.#survey().finally(() => {
      this.#surveying = undefined;
    });
    await this.#surveying;
  }

  #caughtUp(): boolean {
    const changes = this.#surveyed ? this.#journal.changes() : undefined;
    for (const { name, bytes } of changes ?? []) {
      if (this.#writing.has(name)) continue;
      if (bytes > 0) this.#usage.add(name, bytes);
      else this.#usage.remove(name);
    }
    return changes !== undefined;
  }

  async #survey(): Promise<void> {
    this.#journal.restart();
    const changed = new Set<string>();
    this.#changed = changed;
    const found = await survey(this.#directory);
    const present = new Set(found.map(({ name }) => name));
    const isSettled = (name: string): boolean => !changed.has(name) && !this.#writing.has(name);
    for (const name of this.#usage.names()) {
      if (!present.has(name) && isSettled(name)) this.#usage.remove(name);
    }
    for (const { name, bytes } of found) if (isSettled(name)) this.#usage.correct(name, bytes);
    this.#surveyed = true;
    this.#changed = undefined;
  }

  #evict(): void {
    const { maxEntries, maxBytes } = this.limits;
    for (const name of this.#usage.names()) {
      if (this.#usage.count <= maxEntries && this.#usage.bytes <= maxBytes) return;
      if (this.#writing.has(name)) continue;
      removeFile(pathOf(this.#directory, name));
      this.removed(name);
    }
  }
}

function tooLarge(bytes: number, maxBytes: number, tier: string, key: string): CacheFullError {
  return new CacheFullError(
    `File tier '${tier}' cannot hold an entry of ${bytes} bytes: maxBytes is ${maxBytes}. ` +
      'Raise maxBytes, or keep such values out of this tier.',
    { tier, key },
  );
}
