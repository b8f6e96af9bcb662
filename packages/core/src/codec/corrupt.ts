import { CacheSerializationError } from '../errors.js';

/**
 * The error for stored bytes that no codec of this version wrote. It quotes nothing of them and keeps no `cause`: what
 * is stored may be secret, and the errors of the platform's parsers quote what they were given.
 */
export function corrupt(reason: string): CacheSerializationError {
  return new CacheSerializationError(`Stored bytes cannot be read back: ${reason}. Treat them as a miss.`);
}

/**
 * `read()`, with every failure reported as corruption.
 *
 * @throws CacheSerializationError
 */
export function readBack<T>(reason: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof CacheSerializationError ? error : corrupt(reason);
  }
}

/** @throws CacheSerializationError if `stored` is not a string */
export function storedText(stored: unknown): string {
  if (typeof stored !== 'string') throw corrupt('a text is missing');
  return stored;
}

/** @throws CacheSerializationError if `stored` is not an array, of `length` items if that is given */
export function storedList(stored: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(stored) || (length !== undefined && stored.length !== length)) {
    throw corrupt('a list is missing or has another length');
  }
  return stored;
}

/** @throws CacheSerializationError if `stored` is not an object with properties */
export function storedObject(stored: unknown): Record<string, unknown> {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) {
    throw corrupt('an object is missing');
  }
  return stored as Record<string, unknown>;
}
