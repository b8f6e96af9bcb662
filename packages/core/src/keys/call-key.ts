import { CacheKeyError } from '../errors.js';
import { decodePart, encodePart } from './key-part.js';

/** A readable segment of a key. Taken as text: `0` and `'0'` are one segment. */
export type ScopePart = string | number | bigint | boolean;

/** What a function's key says before the digest. */
export interface CallKeyParts {
  /** The stable name of the function. */
  readonly id: string;
  /** Raised when what the function returns changes its meaning. */
  readonly version?: string | number | undefined;
  /** Readable segments that patterns can match. */
  readonly scope?: readonly ScopePart[] | undefined;
}

/** The parts of a function's key, as text. */
export interface ParsedCallKey {
  readonly id: string;
  readonly version?: string;
  readonly scope: readonly string[];
  /** The SHA-256 of the arguments in hex. */
  readonly digest: string;
}

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * The key of a call inside its cache: `id[@version][:scope…]:<digest>`. Parts are percent-encoded where they hold what
 * has a meaning in a key or a pattern, so that `parseCallKey` gives them back.
 *
 * @throws CacheKeyError if the id is empty or a segment of the scope is not text, a number or a boolean
 * @example
 * ```ts
 * import { callKey, hashArgs } from '@keepsake/core';
 * callKey({ id: 'fetchUser', version: 2, scope: ['team:7'] }, hashArgs('42'));
 * // 'fetchUser@2:team%3A7:<64 hex digits>'
 * ```
 */
export function callKey(parts: CallKeyParts, digest: string): string {
  let key = prefixOfFunction(parts.id, parts.version);
  for (const part of parts.scope ?? []) key += `${encodePart(scopeText(part, parts.id))}:`;
  return key + digest;
}

/**
 * The literal start of all keys of a function in this version, and of no other key that `callKey` makes.
 *
 * @throws CacheKeyError if the id is empty
 */
export function prefixOfFunction(id: string, version?: string | number): string {
  if (id === '') throw new CacheKeyError("id: '' cannot name a function. Allowed: a text that is not empty.");
  const versioned = version === undefined ? '' : `@${encodePart(String(version))}`;
  return `${encodePart(id)}${versioned}:`;
}

/**
 * The parts that `callKey` made `key` of; `undefined` for any other key.
 *
 * @example
 * ```ts
 * import { callKey, hashArgs, parseCallKey } from '@keepsake/core';
 * parseCallKey(callKey({ id: 'fetchUser', scope: ['team:7'] }, hashArgs('42')))?.scope; // ['team:7']
 * parseCallKey('user:42'); // undefined
 * ```
 */
export function parseCallKey(key: string): ParsedCallKey | undefined {
  const segments = key.split(':');
  const digest = segments.pop();
  if (digest === undefined || !DIGEST.test(digest)) return undefined;
  const [name, ...scope] = segments;
  const named = name?.split('@') ?? [];
  if (named[0] === '' || named.length === 0 || named.length > 2) return undefined;
  const parts = decoded([...named, ...scope]);
  if (parts === undefined) return undefined;
  const [id, ...rest] = parts as [string, ...string[]];
  if (named.length === 1) return { id, scope: rest, digest };
  return { id, version: rest[0] as string, scope: rest.slice(1), digest };
}

function scopeText(part: unknown, id: string): string {
  if (typeof part === 'string') return part;
  if (typeof part === 'number' || typeof part === 'boolean' || typeof part === 'bigint') return String(part);
  throw new CacheKeyError(
    `scope of '${id}': a segment is ${part === null ? 'null' : typeof part}. Allowed: text, numbers and booleans.`,
  );
}

function decoded(parts: readonly string[]): string[] | undefined {
  const texts: string[] = [];
  for (const part of parts) {
    const text = decodePart(part);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}
