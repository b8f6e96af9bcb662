import type { Backend } from '@keepsake/core';
import { FileBackend } from './file-backend.js';
import { type FileOptions, settingsOf } from './options.js';

/**
 * A tier on the disk: one file per entry. It survives restarts and may be shared by the processes of a machine.
 *
 * A crash, a full disk or a damaged file never yields a wrong value: every read is a whole entry or a miss.
 *
 * @throws CacheConfigError if an option is wrong
 * @example
 * ```ts
 * import { file } from '@keepsake/file';
 * const disk = file({ directory: '.cache', maxBytes: 500 * 1024 * 1024 });
 * ```
 */
export function file(options: FileOptions): Backend {
  return new FileBackend(settingsOf(options));
}
