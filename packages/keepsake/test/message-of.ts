import { CacheError } from 'keepsake';

/** The message of the CacheConfigError that `work` throws. */
export function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (CacheError.is(error) && error.code === 'CACHE_CONFIG') return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}
