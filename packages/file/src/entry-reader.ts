import type { Stats } from 'node:fs';
import { type Awaitable, chain, type Entry } from '@keepsake/core';
import type { EntryFile, Head } from './entry-file.js';
import { nameOf, pathOf } from './layout.js';
import type { FileSettings } from './options.js';
import { type Found, readHead, readSmall, readWhole } from './read-file.js';

/** A live entry, and the file it was read from. */
export interface Live {
  readonly entry: Entry;
  readonly stats: Stats;
}

/** A head, and whether its entry lives and is in the place of its key. */
export interface FoundHead extends Found<Head> {
  readonly isLive: boolean;
}

/** Reads what is at the places of entries, in the tick of the call or not, as the settings say. */
export class EntryReader {
  readonly #settings: FileSettings;

  constructor(settings: FileSettings) {
    this.#settings = settings;
  }

  /**
   * The live entry of `key`.
   *
   * @param useless - told of a file that is in its place and holds none
   */
  live(key: string, name: string, useless: (file: Stats) => void): Awaitable<Live | undefined> {
    const path = pathOf(this.#settings.directory, name);
    const small = this.#settings.reads === 'sync' ? readSmall(path) : 'large';
    return chain(small === 'large' ? readWhole(path) : small, (found) => {
      if (found === undefined) return undefined;
      const entry = this.#entry(key, found.content);
      if (entry === undefined) useless(found.stats);
      return entry && { entry, stats: found.stats };
    });
  }

  /** The head of what is in the place of the entry named `name`. */
  head(name: string): Awaitable<FoundHead | undefined> {
    const path = pathOf(this.#settings.directory, name);
    const found = this.#settings.reads === 'sync' ? readHead(path) : readWhole(path);
    return chain<Found<Head> | undefined, FoundHead | undefined>(found, (file) => {
      if (file === undefined) return undefined;
      const { content, stats } = file;
      return { content, stats, isLive: this.#isLive(content) && nameOf(content.key) === name };
    });
  }

  #entry(key: string, content: EntryFile | undefined): Entry | undefined {
    if (!this.#isLive(content) || content.key !== key) return undefined;
    try {
      return this.#settings.codec.decode(content.payload);
    } catch {
      // Written by another codec, or by another version of this one.
      return undefined;
    }
  }

  #isLive<T extends Head>(head: T | undefined): head is T {
    return head !== undefined && this.#settings.clock.now() < head.expiresAt;
  }
}
