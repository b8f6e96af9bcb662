import { CacheConfigError } from '@keepsake/core';

/**
 * `@keepsake/keyv`, loaded when a config first names a backend of it.
 *
 * @throws CacheConfigError if it is not installed
 */
export async function loadKeyvPackage(): Promise<typeof import('@keepsake/keyv')> {
  try {
    return await import('@keepsake/keyv');
  } catch (cause) {
    throw new CacheConfigError(
      'The config names a backend of type `redis` or `keyv`, and @keepsake/keyv could not be loaded. ' +
        'Install it: npm install @keepsake/keyv.',
      { cause },
    );
  }
}
