import { isAbortSignal } from './abort-signal.js';
import type { Walk } from './walk.js';

const OPAQUE = /^\[object (?:WeakMap|WeakSet|WeakRef|FinalizationRegistry)\]$/;

/**
 * Refuses what has an identity but nothing that shows it: two of a kind would share a key.
 *
 * @throws CacheKeyError for signals, promises, iterators, streams and weak collections
 */
export function refuseUnidentifiable(value: object, walk: Walk): void {
  if (isAbortSignal(value)) throw walk.refuse('is an AbortSignal, which identifies nothing');
  if (hasMethod(value, 'then')) throw walk.refuse('is a promise');
  if (hasMethod(value, 'next') && isIterable(value)) throw walk.refuse('is an iterator');
  if (['pipe', 'getReader', 'getWriter'].some((name) => hasMethod(value, name))) {
    throw walk.refuse('is a stream');
  }
  if (OPAQUE.test(Object.prototype.toString.call(value))) throw walk.refuse('holds its content weakly');
}

function hasMethod(value: object, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === 'function';
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
