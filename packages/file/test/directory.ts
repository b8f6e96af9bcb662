import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Entry, systemClock } from '@keepsake/core';

const made: string[] = [];

/** A directory of its own for one test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'keepsake-file-'));
  made.push(directory);
  return directory;
}

/** Removes what `freshDirectory` made: call it in `afterEach`. */
export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** The paths of all files below `directory`. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** The paths of the entry files below `directory`. */
export function entriesIn(directory: string): string[] {
  return filesIn(directory).filter((path) => /[/\\][0-9a-f]{64}$/.test(path));
}

/** A clock whose hand the test moves. */
export function handClock(start = systemClock.now()): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    after: (delay, task, holds) => systemClock.after(delay, task, holds),
    advance(ms) {
      now += ms;
    },
  };
}

/** An entry that lives for `ttl` ms. */
export function entryOf(value: unknown, ttl = Number.POSITIVE_INFINITY, now = systemClock.now()): Entry {
  return { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
}

/** All of `keys`, in alphabetical order. */
export async function sorted(keys: Iterable<string> | AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all.sort();
}
