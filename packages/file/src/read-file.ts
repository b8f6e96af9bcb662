import { closeSync, openSync, readFile, readFileSync, readSync, type Stats, stat, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { descriptors } from './descriptors.js';
import { decodeEntryFile, decodeHead, type EntryFile, type Head, headLength } from './entry-file.js';
import { isMissing } from './failure.js';

/** Up to here a synchronous read is faster than handing the work to another thread. */
const SMALL = 64 * 1024;
const HEAD_GUESS = 4096;

const statAsync = promisify(stat);
const readAsync = promisify(readFile);
const scratch = Buffer.allocUnsafeSlow(SMALL + 1);

/** A file at the place of an entry: what it holds, or `undefined` where that is not what an entry file holds. */
export interface Found<T> {
  readonly content: T | undefined;
  /** Which file this is, whatever its path leads to later. */
  readonly stats: Stats;
}

/** What is at the place of an entry; `undefined` if there is no file. Small files are read in this tick. */
export function readSmall(path: string): Found<EntryFile> | 'large' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return undefined;
  if (stats.size > SMALL) return 'large';
  const length = readStart(path, SMALL + 1);
  if (length === undefined) return undefined;
  if (length > SMALL) return 'large';
  return { content: decodeEntryFile(scratch.subarray(0, length)), stats };
}

/** What is at the place of an entry; `undefined` if there is no file. */
export async function readWhole(path: string): Promise<Found<EntryFile> | undefined> {
  return await descriptors.run(async () => {
    try {
      const stats = await statAsync(path);
      if (!stats.isFile()) return undefined;
      return { content: decodeEntryFile(await readAsync(path)), stats };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** The head of what is at the place of an entry, read in this tick; `undefined` if there is no file. */
export function readHead(path: string): Found<Head> | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return undefined;
  const length = readStart(path, HEAD_GUESS);
  if (length === undefined) return undefined;
  const start = scratch.subarray(0, length);
  if ((headLength(start) ?? 0) > HEAD_GUESS) return readLongHead(path, stats);
  return { content: decodeHead(start, stats.size), stats };
}

/** For keys of thousands of characters. */
function readLongHead(path: string, stats: Stats): Found<Head> | undefined {
  try {
    const bytes = readFileSync(path);
    return { content: decodeHead(bytes, bytes.length), stats };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Reads up to `limit` bytes into the scratch buffer. How many there were; `undefined` if there is no file. */
function readStart(path: string, limit: number): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return fill(descriptor, limit);
  } finally {
    closeSync(descriptor);
  }
}

/** A read may stop early, and then a whole file would pass for a truncated one: only an empty read is the end. */
function fill(descriptor: number, limit: number): number {
  let length = 0;
  while (length < limit) {
    const read = readSync(descriptor, scratch, length, limit - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}
