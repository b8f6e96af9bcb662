import { resolve } from 'node:path';
import { CacheConfigError, type Clock, type Codec, jsonCodec, systemClock } from '@keepsake/core';

/**
 * How entries are read. `'sync'`: those of up to 64 KB in the tick of the call, about ten times faster on a local disk.
 * `'async'`: never blocks the process, for a disk that may be slow, such as a network share.
 */
export type ReadMode = 'sync' | 'async';

/** Options of `file`. */
export interface FileOptions {
  /** Where the entries are kept. Created at the first write; may be shared by processes of one machine. */
  readonly directory: string;
  /** Names the tier in stats, events and errors. @default 'file' */
  readonly name?: string;
  /** @default jsonCodec() */
  readonly codec?: Codec;
  /** @default 'sync' */
  readonly reads?: ReadMode;
  /**
   * How many entries the directory may hold; the least recently used are evicted. Processes that share a directory
   * should share its bounds.
   *
   * @default no bound
   */
  readonly maxEntries?: number;
  /** How many bytes the entry files may take together; the least recently used are evicted. @default no bound */
  readonly maxBytes?: number;
  /** Permissions of the files. @default 0o600 */
  readonly fileMode?: number;
  /** Permissions of the directories that are created. @default 0o700 */
  readonly directoryMode?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** `FileOptions` with nothing left open. */
export type FileSettings = Required<FileOptions>;

/**
 * `options` with their defaults.
 *
 * @throws CacheConfigError if an option is wrong
 */
export function settingsOf(options: FileOptions): FileSettings {
  const settings = {
    directory: checked('directory', options.directory, isPath, 'the path of a directory'),
    name: checked('name', options.name ?? 'file', isText, 'a string that is not empty'),
    codec: checked('codec', options.codec ?? jsonCodec(), isCodec, 'an object with encode and decode'),
    reads: checked('reads', options.reads ?? 'sync', isReadMode, `'sync' or 'async'`),
    maxEntries: limit('maxEntries', options.maxEntries),
    maxBytes: limit('maxBytes', options.maxBytes),
    fileMode: mode('fileMode', options.fileMode ?? 0o600),
    directoryMode: mode('directoryMode', options.directoryMode ?? 0o700),
    clock: checked('clock', options.clock ?? systemClock, isClock, 'an object with now and after'),
  };
  return { ...settings, directory: resolve(settings.directory) };
}

function limit(option: string, given: number | undefined): number {
  if (given === undefined) return Number.POSITIVE_INFINITY;
  return checked(option, given, isPositiveInteger, 'a positive integer');
}

function mode(option: string, given: number): number {
  return checked(option, given, isMode, 'permission bits from 0o000 to 0o777');
}

function checked<T>(option: string, given: T, isAllowed: (given: unknown) => boolean, allowed: string): T {
  if (isAllowed(given)) return given;
  throw new CacheConfigError(`${option}: ${display(given)} was given to file(). Allowed: ${allowed}.`);
}

function display(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given);
  return typeof given === 'object' && given !== null ? 'an object' : String(given);
}

const isText = (given: unknown): boolean => typeof given === 'string' && given !== '';
const isPath = (given: unknown): boolean => isText(given) && !(given as string).includes('\0');
const isReadMode = (given: unknown): boolean => given === 'sync' || given === 'async';
const isPositiveInteger = (given: unknown): boolean => Number.isSafeInteger(given) && (given as number) > 0;
const isMode = (given: unknown): boolean =>
  Number.isInteger(given) && (given as number) >= 0 && (given as number) <= 0o777;
const isCodec = (given: unknown): boolean => hasMethods(given, ['encode', 'decode']);
const isClock = (given: unknown): boolean => hasMethods(given, ['now', 'after']);

function hasMethods(given: unknown, names: readonly string[]): boolean {
  return names.every((name) => typeof (given as Record<string, unknown> | null)?.[name] === 'function');
}
