import { readdir } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { descriptors } from './descriptors.js';
import { isMissing } from './failure.js';
import { isEntry, isFolder, temporary } from './layout.js';

const list = promisify(readdir);

/** The files of one of the 256 folders. Foreign ones are not listed. */
export interface Listing {
  readonly folder: string;
  /** File names of entries. */
  readonly entries: readonly string[];
  /** File names of temporary files. */
  readonly temporaries: readonly string[];
}

/** The folders of `directory` that exist, one after the other; between two of them the process does other work. */
export async function* walk(directory: string): AsyncGenerator<Listing> {
  for (const folder of await namesIn(directory)) {
    if (!isFolder(folder)) continue;
    const names = await namesIn(join(directory, folder));
    yield {
      folder,
      entries: names.filter((name) => isEntry(folder, name)),
      temporaries: names.filter((name) => temporary(name) !== undefined),
    };
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await descriptors.run(() => list(path));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
