import { link, mkdir, rename as renameCallback, renameSync, type Stats, unlink, writeFile } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { descriptors } from './descriptors.js';
import { hasCode } from './failure.js';
import { temporaryOf } from './layout.js';
import { isSame } from './remove-file.js';

const write = promisify(writeFile);
const rename = promisify(renameCallback);
const linkAsync = promisify(link);
const unlinkAsync = promisify(unlink);
const makeFolder = promisify(mkdir);

/** The permissions of what is written. */
export interface Modes {
  readonly fileMode: number;
  readonly directoryMode: number;
}

/**
 * Puts a file of `bytes` at `path` in one step: readers and crashes see the old file or the new one, whole. The old one
 * is intact, and nothing is left behind, when this fails.
 */
export function replaceFile(path: string, bytes: Buffer, modes: Modes): Promise<void> {
  return whole(path, bytes, modes, (temporary) => rename(temporary, path));
}

/** As `replaceFile`, if the file at `path` still is the one of `stats`. Whether it was. */
export async function replaceSame(path: string, bytes: Buffer, modes: Modes, stats: Stats): Promise<boolean> {
  return await whole(path, bytes, modes, async (temporary) => {
    // Both in this tick, so that next to no time is between the look and the deed.
    const wanted = isSame(path, stats);
    if (wanted) renameSync(temporary, path);
    else await unlinkAsync(temporary);
    return wanted;
  });
}

/** Puts a file of `bytes` at `path` in one step unless there is one, whoever writes at the same time. Whether it did. */
export async function createFile(path: string, bytes: Buffer, modes: Modes): Promise<boolean> {
  return await whole(path, bytes, modes, async (temporary) => {
    const created = await linked(temporary, path);
    await unlinkAsync(temporary);
    return created;
  });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await linkAsync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Writes a temporary file and hands it to `commit`; once more if the folder, or the file itself, is not there (any more). */
async function whole<T>(
  path: string,
  bytes: Buffer,
  modes: Modes,
  commit: (temporary: string) => Promise<T>,
): Promise<T> {
  return await descriptors.run(async () => {
    try {
      return await attempt(path, bytes, modes, commit);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      await makeFolder(dirname(path), { recursive: true, mode: modes.directoryMode });
      return await attempt(path, bytes, modes, commit);
    }
  });
}

async function attempt<T>(
  path: string,
  bytes: Buffer,
  modes: Modes,
  commit: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = temporaryOf(path);
  try {
    await write(temporary, bytes, { flag: 'wx', mode: modes.fileMode });
    return await commit(temporary);
  } catch (error) {
    await unlinkAsync(temporary).catch(() => undefined);
    throw error;
  }
}
