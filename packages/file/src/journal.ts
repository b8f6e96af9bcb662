import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { removeFile } from './remove-file.js';

/** One write (`bytes`) or removal (0 bytes) of an entry. */
export interface Change {
  readonly name: string;
  readonly bytes: number;
}

const FILE = '.journal';
/** 32 bytes of digest, 6 of length, 6 that name the writer. */
const RECORD = 44;
const LENGTH_AT = 32;
const WRITER_AT = 38;
/** Bytes at which the file starts anew. */
const LONGEST = RECORD * 25_000;

/**
 * Tells the processes that share a bounded directory what the others wrote and removed: an append-only file, of which
 * each reads what is new to it.
 *
 * It is a help, not the truth: where it cannot be kept, is damaged or starts anew, the directory is surveyed again.
 */
export class Journal {
  readonly #path: string;
  readonly #mode: number;
  readonly #writer = randomBytes(RECORD - WRITER_AT);
  #read = 0;
  #file: Stats | undefined;

  constructor(directory: string, mode: number) {
    this.#path = join(directory, FILE);
    this.#mode = mode;
  }

  /** Tells the others. */
  add({ name, bytes }: Change): void {
    const record = Buffer.alloc(RECORD);
    record.write(name, 'hex');
    record.writeUIntLE(bytes, LENGTH_AT, 6);
    this.#writer.copy(record, WRITER_AT);
    try {
      appendFileSync(this.#path, record, { mode: this.#mode });
    } catch {
      // Nothing was written yet, or the write itself tells what is wrong with the directory.
    }
  }

  /** To be called before a survey: what happens from here on may be unknown to it. */
  restart(): void {
    const length = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (length > LONGEST || length % RECORD !== 0) removeFile(this.#path);
    this.#file = statSync(this.#path, { throwIfNoEntry: false });
    this.#read = this.#file?.size ?? 0;
  }

  /** What others did since the last look; `undefined` if that is not known. */
  changes(): readonly Change[] | undefined {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    const length = now?.size ?? 0;
    if (length === this.#read && this.#isSame(now)) return [];
    if (length > LONGEST || length % RECORD !== 0 || length < this.#read || !this.#isSame(now))
      return undefined;
    return this.#records(length);
  }

  /** A file that is made while there is none is where the reading began. */
  #isSame(now: Stats | undefined): boolean {
    if (this.#file === undefined && this.#read === 0) this.#file = now;
    return now?.ino === this.#file?.ino && now?.birthtimeMs === this.#file?.birthtimeMs;
  }

  #records(end: number): readonly Change[] {
    const bytes = Buffer.alloc(end - this.#read);
    const descriptor = openSync(this.#path, 'r');
    try {
      readSync(descriptor, bytes, 0, bytes.length, this.#read);
    } finally {
      closeSync(descriptor);
    }
    this.#read = end;
    const changes: Change[] = [];
    for (let at = 0; at < bytes.length; at += RECORD) {
      if (this.#writer.compare(bytes, at + WRITER_AT, at + RECORD) === 0) continue;
      changes.push({
        name: bytes.toString('hex', at, at + LENGTH_AT),
        bytes: bytes.readUIntLE(at + LENGTH_AT, 6),
      });
    }
    return changes;
  }
}
