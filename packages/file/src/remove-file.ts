import { type Stats, statSync, unlinkSync } from 'node:fs';
import { isMissing } from './failure.js';

/** Removes the file at `path`. `false` if there was none. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Removes the file at `path`, which is of no use, if it still is the one of `stats` and not what somebody wrote there
 * meanwhile. Where it cannot be removed it is merely in the way.
 */
export function discard(path: string, stats: Stats): boolean {
  try {
    return isSame(path, stats) && removeFile(path);
  } catch {
    return false;
  }
}

/** Whether the file at `path` still is the one of `stats`. The inode alone would not tell: a later file may get it again. */
export function isSame(path: string, stats: Stats): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now?.ino === stats.ino && now.mtimeMs === stats.mtimeMs && now.size === stats.size;
}
