import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The files to be analysed, as paths relative to `root`. */
export interface Sources {
  readonly root: string;
  readonly files: readonly string[];
  /** How many there are to choose from. */
  readonly found: number;
}

const TYPESCRIPT = /\.[cm]?ts$/;

/**
 * The TypeScript sources and declaration files in the packages under `root`; at most `limit`, spread evenly over the
 * sorted paths, so that the same tree gives the same choice.
 *
 * @throws Error if `root` is no directory that can be listed
 */
export function findSources(root: string, limit: number): Sources {
  const real = realpathSync(root);
  const all: string[] = [];
  collect(real, '', all);
  all.sort();
  return { root: real, files: spread(all, limit), found: all.length };
}

/** The package that a path inside `node_modules` belongs to. */
export function packageOf(path: string): string {
  const names = path.split(sep);
  const start = names.lastIndexOf('node_modules') + 1;
  const scoped = names[start]?.startsWith('@');
  return names.slice(start, start + (scoped ? 2 : 1)).join('/');
}

function collect(root: string, folder: string, into: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isPackageFolder(entry)) collect(root, path, into);
    else if (entry.isFile() && TYPESCRIPT.test(entry.name)) into.push(path);
  }
}

/**
 * Links are not followed: what they lead to inside the tree is found at its real path, so that nothing is found twice,
 * and what they lead to outside of it (the packages of this repository) is not installed.
 */
function isPackageFolder(entry: Dirent): boolean {
  return entry.isDirectory() && entry.name !== '.cache';
}

function spread(all: readonly string[], limit: number): readonly string[] {
  if (all.length <= limit) return all;
  return Array.from({ length: limit }, (_, i) => all[Math.floor((i * all.length) / limit)] as string);
}
