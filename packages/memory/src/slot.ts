import type { Entry, Pinned } from '@keepsake/core';
import type { Aged } from './exact-lru.js';

/** Where an entry lives in memory. It is its own pin: whoever holds it sees at once when it dies. */
export class Slot implements Pinned, Aged {
  stored: Entry;
  readonly bytes: number;
  /** Whether each reader gets a copy of its own. */
  readonly copies: boolean;
  dead = false;
  generation = 0;
  used = false;

  constructor(stored: Entry, bytes: number, copies: boolean) {
    this.stored = stored;
    this.bytes = bytes;
    this.copies = copies;
  }

  /** For holders of the pin: that they read is seen when room is needed. */
  get entry(): Entry {
    this.used = true;
    return this.stored;
  }
}
