import type { Stats } from 'node:fs';
import {
  type Awaitable,
  type Backend,
  type BackendInfo,
  CacheError,
  chain,
  type Entry,
  isPending,
  type SetCondition,
} from '@keepsake/core';
import { Bounds } from './bounds.js';
import { encodeEntryFile } from './entry-file.js';
import { EntryReader, type Live } from './entry-reader.js';
import { failure } from './failure.js';
import { nameOf, pathOf } from './layout.js';
import { removeLeftovers } from './leftovers.js';
import type { FileSettings } from './options.js';
import { discard, removeFile } from './remove-file.js';
import { survey } from './survey.js';
import { walk } from './walk.js';
import { createFile, replaceFile, replaceSame } from './write-file.js';
import { WriteOrder } from './write-order.js';

/** How often a conditional write starts again because others write the same key at the same time. */
const ATTEMPTS = 16;

/** The backend that `file` makes. */
export class FileBackend implements Backend {
  readonly name: string;
  readonly #settings: FileSettings;
  readonly #reader: EntryReader;
  readonly #order = new WriteOrder();
  readonly #bounds: Bounds | undefined;
  #tidying: Promise<void> | undefined;

  constructor(settings: FileSettings) {
    const { name, directory, maxEntries, maxBytes, fileMode } = settings;
    this.name = name;
    this.#settings = settings;
    this.#reader = new EntryReader(settings);
    if (Number.isFinite(maxEntries) || Number.isFinite(maxBytes)) {
      this.#bounds = new Bounds(directory, { maxEntries, maxBytes }, fileMode);
    }
  }

  get(key: string): Awaitable<Entry | undefined> {
    this.#tidy();
    const name = nameOf(key);
    return this.#guarded('read', key, () =>
      chain(this.#live(key, name), (live) => {
        if (live) this.#bounds?.used(name);
        return live?.entry;
      }),
    );
  }

  async set(key: string, entry: Entry): Promise<void> {
    this.#tidy();
    const name = nameOf(key);
    const bytes = this.#encode(key, entry);
    const { clock } = this.#settings;
    if (clock.now() < entry.expiresAt)
      await this.#order.run(name, () => this.#write(key, name, bytes, replaceFile));
    else await this.#order.run(name, () => this.#remove(name, key));
  }

  delete(key: string): Awaitable<boolean> {
    this.#tidy();
    const name = nameOf(key);
    return this.#order.run(name, () => this.#remove(name, key));
  }

  async clear(prefix = ''): Promise<void> {
    this.#tidy();
    await this.#order.runAlone(() => this.#guarded('clear', undefined, () => this.#clear(prefix)));
  }

  async *keys(prefix = ''): AsyncGenerator<string> {
    this.#tidy();
    try {
      for await (const { entries } of walk(this.#settings.directory)) {
        for (const name of entries) {
          const found = await this.#reader.head(name);
          if (found?.content && found.isLive && isListed(found.content.key, prefix)) yield found.content.key;
        }
      }
    } catch (error) {
      throw this.#failure('list', undefined, error);
    }
  }

  async touch(key: string, staleAt: number, expiresAt: number): Promise<boolean> {
    this.#tidy();
    const name = nameOf(key);
    return await this.#order.run(name, () =>
      this.#replace(key, name, (entry) => ({ ...entry, staleAt, expiresAt })),
    );
  }

  async setIf(key: string, entry: Entry, condition: SetCondition): Promise<boolean> {
    this.#tidy();
    const name = nameOf(key);
    const bytes = this.#encode(key, entry);
    return await this.#order.run(name, () =>
      condition === 'absent' ? this.#create(key, name, bytes) : this.#replace(key, name, () => entry),
    );
  }

  async info(): Promise<BackendInfo> {
    return await this.#guarded('survey', undefined, async () => {
      if (this.#bounds === undefined) return await this.#surveyed();
      const { maxEntries, maxBytes } = this.#bounds.limits;
      return {
        ...(await this.#bounds.known()),
        ...(Number.isFinite(maxEntries) ? { maxSize: maxEntries } : {}),
        ...(Number.isFinite(maxBytes) ? { maxBytes } : {}),
      };
    });
  }

  /** Drops what has expired or is damaged, and what crashed writers left behind. The number of dropped entries. */
  async sweep(): Promise<number> {
    return await this.#guarded('sweep', undefined, () => this.#sweep());
  }

  /** Settles when all writes that were asked for have ended. Nothing is held open, so that nothing else is to be done. */
  async close(): Promise<void> {
    await this.#order.idle();
    await this.#tidying;
  }

  /** Removes, once and in the background, what crashed writers left behind. */
  #tidy(): void {
    const { directory, clock } = this.#settings;
    const all = async (): Promise<void> => {
      for await (const listing of walk(directory)) removeLeftovers(directory, listing, clock.now());
    };
    // A directory that cannot be listed says so where it matters: in the operations themselves.
    this.#tidying ??= all().catch(() => undefined);
  }

  /** The live entry of `key`; a file in its place that holds none is removed, unless a write of this process is about to. */
  #live(key: string, name: string, isWriter?: 'writer'): Awaitable<Live | undefined> {
    return this.#reader.live(key, name, (file) => {
      if (isWriter || !this.#order.busy(name)) this.#discard(name, file);
    });
  }

  #encode(key: string, entry: Entry): Buffer {
    const payload = this.#settings.codec.encode(entry);
    return encodeEntryFile({ key, expiresAt: entry.expiresAt, payload });
  }

  /** Writes `bytes` with `put` within the bounds. */
  async #write<T>(
    key: string,
    name: string,
    bytes: Buffer,
    put: (path: string, bytes: Buffer, settings: FileSettings) => Promise<T>,
  ): Promise<T> {
    try {
      await this.#bounds?.admit(name, bytes.length, this.name, key);
      const result = await put(this.#path(name), bytes, this.#settings);
      if (result === false) this.#bounds?.failed(name);
      else await this.#bounds?.landed(name, bytes.length);
      return result;
    } catch (error) {
      this.#bounds?.failed(name);
      throw this.#failure('write', key, error);
    }
  }

  /** Stores if nothing that lives is there. The file system decides between processes: only one link can be made. */
  async #create(key: string, name: string, bytes: Buffer): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await this.#guarded('read', key, () => this.#live(key, name, 'writer'))) return false;
      if (await this.#write(key, name, bytes, createFile)) return true;
    }
    throw this.#failure('write', key, new Error('a file that is no entry is in its place'));
  }

  /** Stores what `make` makes of the live entry, if there is one, in its very place. */
  async #replace(key: string, name: string, make: (entry: Entry) => Entry): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const live = await this.#guarded('read', key, () => this.#live(key, name, 'writer'));
      if (live === undefined) return false;
      const bytes = this.#encode(key, make(live.entry));
      const put = (path: string) => replaceSame(path, bytes, this.#settings, live.stats);
      if (await this.#write(key, name, bytes, put)) return true;
    }
    throw this.#failure('write', key, new Error('others write it all the time'));
  }

  #remove(name: string, key: string): Awaitable<boolean> {
    return this.#guarded('delete', key, () =>
      chain(this.#reader.head(name), (found) => {
        if (found === undefined) return false;
        const removed = removeFile(this.#path(name));
        this.#bounds?.removed(name);
        return removed && found.isLive;
      }),
    );
  }

  async #clear(prefix: string): Promise<void> {
    for await (const { entries } of walk(this.#settings.directory)) {
      for (const name of entries) {
        if (prefix !== '' && !(await this.#reader.head(name))?.content?.key.startsWith(prefix)) continue;
        removeFile(this.#path(name));
        this.#bounds?.removed(name);
      }
    }
  }

  async #sweep(): Promise<number> {
    const { directory, clock } = this.#settings;
    let dropped = 0;
    for await (const listing of walk(directory)) {
      removeLeftovers(directory, listing, clock.now());
      for (const name of listing.entries) {
        const found = await this.#reader.head(name);
        if (found === undefined || found.isLive || this.#order.busy(name)) continue;
        if (this.#discard(name, found.stats)) dropped += 1;
      }
    }
    return dropped;
  }

  async #surveyed(): Promise<BackendInfo> {
    const found = await survey(this.#settings.directory);
    return { size: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  #discard(name: string, stats: Stats): boolean {
    const gone = discard(this.#path(name), stats);
    if (gone) this.#bounds?.removed(name);
    return gone;
  }

  #path(name: string): string {
    return pathOf(this.#settings.directory, name);
  }

  /** `task`, whose failure is one of this tier. */
  #guarded<T, R extends Awaitable<T>>(action: string, key: string | undefined, task: () => R): R {
    const failed = (error: unknown): never => {
      throw this.#failure(action, key, error);
    };
    try {
      const result = task();
      return isPending(result) ? (result.catch(failed) as R) : result;
    } catch (error) {
      return failed(error);
    }
  }

  #failure(action: string, key: string | undefined, error: unknown): CacheError {
    if (CacheError.is(error)) return error;
    return failure(action, this.#settings.directory, this.name, error, key);
  }
}

/** Internal keys are listed only for a prefix that names them. */
function isListed(key: string, prefix: string): boolean {
  return key.startsWith(prefix) && (!key.startsWith('\0') || prefix.startsWith('\0'));
}
