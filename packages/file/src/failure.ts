import { CacheConnectionError } from '@keepsake/core';

/** Whether a file operation failed because there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

/** Whether a file operation failed with the system's `code`. */
export function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === code;
}

/** The error of a tier whose disk refused to `action` (`'read'`, `'write'` …). */
export function failure(action: string, directory: string, tier: string, cause: unknown, key?: string) {
  const what = key === undefined ? 'its entries' : 'the entry';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CacheConnectionError(
    `File tier '${tier}' could not ${action} ${what} in ${directory}: ${reason}. ` +
      `Make sure that this process may read and write there, and that the disk has room.`,
    { tier, cause, ...(key === undefined ? {} : { key }) },
  );
}
