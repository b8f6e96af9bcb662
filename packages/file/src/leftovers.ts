import { statSync } from 'node:fs';
import { join } from 'node:path';
import { temporary } from './layout.js';
import { removeFile } from './remove-file.js';
import type { Listing } from './walk.js';

/** A write that takes longer than this, in ms, is taken for a crashed one. If it was not, the writer writes again. */
const PATIENCE = 60_000;

/** Removes the temporary files of crashed writers from a folder of `directory`. Those that cannot be removed stay. */
export function removeLeftovers(directory: string, { folder, temporaries }: Listing, now: number): void {
  for (const name of temporaries) {
    const path = join(directory, folder, name);
    try {
      if (isLeftover(path, name, now)) removeFile(path);
    } catch {
      // It harms nobody, and the next sweep meets it again.
    }
  }
}

function isLeftover(path: string, name: string, now: number): boolean {
  const writer = temporary(name);
  if (writer === undefined || writer.own) return false;
  if (!isAlive(writer.pid)) return true;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && now - stats.mtimeMs > PATIENCE;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
