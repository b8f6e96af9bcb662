import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the program was asked to do. */
export interface Options {
  /** Where the packages are. */
  readonly root: string;
  /** The most files to analyse; `Infinity` for all. */
  readonly limit: number;
  readonly cacheDirectory: string;
  readonly clear: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** What the program was asked to do is not possible; the message says what is. */
export class UsageError extends Error {}

/** Enough to keep one core busy for 10 to 30 s. */
const LIMIT = 4000;

export const USAGE = `Analyses the TypeScript files of the installed packages: exports, doc coverage, complexity.

  npm start                      at most ${LIMIT} files, spread evenly over the packages
  npm start -- --limit <n>       at most n files
  npm start -- --all             every file
  npm start -- --root <folder>   the files of another folder (default: node_modules)
  npm start -- --cache-dir <folder>   keep the results elsewhere (default: .cache/analyse)
  npm start -- --clear           forget all results
  npm start -- --json            print the figures as JSON
  npm start -- --help            print this
`;

/**
 * The options in `args`, for a program whose own packages are in the folder `installed`.
 *
 * @throws UsageError if an option is unknown, incomplete or wrong
 */
export function optionsOf(args: readonly string[], installed: string): Options {
  const { values } = parsed(args);
  if (values.all && values.limit !== undefined) throw new UsageError('Give --all or --limit, not both.');
  return {
    root: folder(resolve(values.root ?? installed)),
    limit: values.all ? Number.POSITIVE_INFINITY : limitOf(values.limit),
    cacheDirectory: resolve(values['cache-dir'] ?? resolve(dirname(installed), '.cache/analyse')),
    clear: values.clear ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        root: { type: 'string' },
        limit: { type: 'string' },
        all: { type: 'boolean' },
        'cache-dir': { type: 'string' },
        clear: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function limitOf(given: string | undefined): number {
  if (given === undefined) return LIMIT;
  const limit = Number(given);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new UsageError(`--limit: '${given}' was given. Allowed: a positive whole number, or --all.`);
}

function folder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new UsageError(`--root: ${path} is no folder. Run npm ci first, or name a folder of packages.`);
}
