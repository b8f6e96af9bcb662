import type { ConfigPath } from './problem.js';

/** Shows the value that was found at a path. */
export type Show = (value: unknown, path: ConfigPath) => string;

const SECRET = /pass|secret|token|cred|auth|user|url|uri|key$/i;
const LONGEST = 40;

/** A value of a config as a message shows it: never one that may be, or hold, a secret. */
export function foundText(value: unknown, path: ConfigPath): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  if (isSecret(value, path)) return `a ${typeof value} that is not shown, since it may be secret,`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** As `foundText`; the values at `hidden` came from variables and are never shown. */
export function showingBut(hidden: readonly ConfigPath[]): Show {
  return (value, path) =>
    hidden.some((each) => samePath(each, path))
      ? 'the value of an environment variable'
      : foundText(value, path);
}

/** The value at `path`. */
export function valueAt(config: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Record<PropertyKey, unknown>)[part]
        : undefined,
    config,
  );
}

function isSecret(value: unknown, path: ConfigPath): boolean {
  const property = path.findLast((part) => typeof part === 'string');
  if (SECRET.test(String(property ?? ''))) return true;
  return typeof value === 'string' && (value.length > LONGEST || /[@:]\/\/|@/.test(value));
}

function samePath(a: ConfigPath, b: ConfigPath): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}
