import { CacheConfigError } from '../errors.js';

/**
 * @throws CacheConfigError if `given` is no object or has an option that is not among `allowed`
 */
export function assertKnownOptions(what: string, given: unknown, allowed: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new CacheConfigError(
      `${what}: ${describe(given)} was given. Allowed: an object of ${list(allowed)}.`,
    );
  }
  for (const name of Object.keys(given)) {
    if (!allowed.includes(name)) {
      throw new CacheConfigError(`${what}: there is no option ${describe(name)}. Allowed: ${list(allowed)}.`);
    }
  }
}

/**
 * @throws CacheConfigError unless `value` is undefined or of the type
 */
export function assertType(option: string, value: unknown, ...types: readonly string[]): void {
  if (value === undefined || types.includes(Array.isArray(value) ? 'array' : typeof value)) return;
  throw new CacheConfigError(`${option}: ${describe(value)} was given. Allowed: ${types.join(' or ')}.`);
}

/**
 * @throws CacheConfigError unless `value` is undefined or one of `allowed`
 */
export function assertOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new CacheConfigError(
    `${option}: ${describe(value)} was given. Allowed: ${allowed.map(describe).join(', ')}.`,
  );
}

/** A value as an error message shows it; never its contents, which may be secret or long. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return hidden(value) ?? (value.length > 40 ? 'a long text' : `'${value}'`);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return hidden(String(value)) ?? String(value);
}

/** What stands for a text that may hold a password: one with a URL in it, or with the part of one. */
function hidden(text: string): string | undefined {
  if (text.includes('://')) return 'a URL (which is not shown)';
  return text.includes('@') ? "a text with '@' (which is not shown)" : undefined;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
