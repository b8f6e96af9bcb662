import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CacheConfigError } from '@keepsake/core';

const NAMES = ['json', 'js', 'mjs', 'ts'].map((extension) => `keepsake.config.${extension}`);

/**
 * The config file of the nearest directory that has one, from `start` upwards.
 *
 * @throws CacheConfigError if a directory has two
 */
export function findConfig(start: string): string | undefined {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const [first, second] = filesIn(directory);
    if (first && second) {
      throw new CacheConfigError(`${directory} has both ${first} and ${second}. Allowed: one config file.`);
    }
    if (first) return join(directory, first);
    if (directory === dirname(directory)) return undefined;
  }
}

/** What a directory that cannot be read holds is nothing to us. */
function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((file) => NAMES.includes(file));
  } catch {
    return [];
  }
}
