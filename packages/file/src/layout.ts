import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { textToBytes } from './text-bytes.js';

/** What a temporary file tells about its writer. */
export interface Temporary {
  readonly pid: number;
  /** Made by this very process (or worker thread), and so never a leftover. */
  readonly own: boolean;
}

const FOLDER = /^[0-9a-f]{2}$/;
const ENTRY = /^[0-9a-f]{64}$/;
const TEMPORARY = /^[0-9a-f]{64}\.(\d+)-([0-9a-f]{8})-\d+\.tmp$/;

/** Tells this process from others that had or have its pid, worker threads and containers included. */
const WRITER = randomBytes(4).toString('hex');
let written = 0;

/** The file name of `key`: its SHA-256 digest, so that no key is too long, too strange or outside the directory. */
export function nameOf(key: string): string {
  return hash('sha256', textToBytes(key));
}

/** Where the entry named `name` lives. */
export function pathOf(directory: string, name: string): string {
  return join(directory, name.slice(0, 2), name);
}

/** A path beside the entry of `path` that nobody else writes to: a rename inside one folder is the cheapest one. */
export function temporaryOf(path: string): string {
  written += 1;
  return `${path}.${process.pid}-${WRITER}-${written}.tmp`;
}

/** Whether `name` is one of the 256 folders that entries are spread over, by the first byte of their names. */
export function isFolder(name: string): boolean {
  return FOLDER.test(name);
}

/** Whether a file called `name` in `folder` is an entry of ours. Everything else in the directory is left alone. */
export function isEntry(folder: string, name: string): boolean {
  return ENTRY.test(name) && name.startsWith(folder);
}

/** Who wrote the temporary file called `name`; `undefined` if it is not one of ours. */
export function temporary(name: string): Temporary | undefined {
  const match = TEMPORARY.exec(name);
  if (!match) return undefined;
  return { pid: Number(match[1]), own: match[2] === WRITER };
}
