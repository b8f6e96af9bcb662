import type { Entry } from '@keepsake/core';
import { copied } from './copied.js';
import { frozen } from './frozen.js';
import type { Isolation } from './options.js';

/** An entry in the form in which it is kept. */
export interface Isolated {
  readonly entry: Entry;
  /** Whether each reader must get a copy of its own. */
  readonly copies: boolean;
}

/**
 * `entry` as it may be kept under `isolation`.
 *
 * @throws CacheSerializationError if it would have to be copied and cannot be
 */
export function isolated(entry: Entry, isolation: Isolation, key: string): Isolated {
  if (isolation === 'reference') return { entry, copies: false };
  if (isPrimitive(entry.value)) return { entry: sealed(entry), copies: false };
  if (isolation === 'freeze' && frozen(entry.value)) return { entry: sealed(entry), copies: false };
  return { entry: sealed(copyOf(entry, key)), copies: true };
}

/** The same entry around a value of its own. */
export function copyOf(entry: Entry, key: string): Entry {
  return { ...entry, value: copied(entry.value, key) };
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** The entry is frozen, not what it holds. */
function sealed(entry: Entry): Entry {
  return Object.freeze(entry.tags ? { ...entry, tags: Object.freeze({ ...entry.tags }) } : { ...entry });
}
