import { CacheConfigError } from '../errors.js';
import { assertFreshnessOptions, FRESHNESS_OPTIONS } from '../freshness/freshness-options.js';
import { assertKnownOptions, assertType, describe } from '../policy/known-options.js';
import { assertTtl, type Ttl } from '../policy/profiles.js';
import type { Policy } from './function-policy.js';

export const POLICY_OPTIONS = [
  'ttl',
  'key',
  'omit',
  'scope',
  'tags',
  'when',
  'cacheErrors',
  'id',
  'version',
  'cache',
  'perInstance',
  ...FRESHNESS_OPTIONS,
] as const satisfies readonly (keyof Policy)[];

/** Numbers below this are taken for seconds by who knows other tools. */
const PROBABLY_SECONDS = 1000;
const warned = new Set<string>();

/**
 * The policy that a definition was given, checked.
 *
 * @throws CacheConfigError that names the option, what was given and what is allowed
 */
export function assertedPolicy(given: Ttl | Policy, what: string): Policy {
  const policy: Policy = typeof given === 'object' ? given : { ttl: given };
  assertKnownOptions(what, policy, POLICY_OPTIONS);
  assertTtlOption(policy.ttl, what);
  for (const name of ['key', 'scope', 'when', 'cacheErrors'] as const)
    assertType(`${what}: ${name}`, policy[name], 'function');
  assertFreshnessOptions(policy, what);
  for (const name of ['ttl', 'staleWhileRevalidate', 'staleIfError'] as const)
    warnOfSeconds(what, name, policy[name]);
  assertType(`${what}: tags`, policy.tags, 'array', 'function');
  if (Array.isArray(policy.tags)) assertNames(`${what}: tags`, policy.tags);
  assertType(`${what}: version`, policy.version, 'string', 'number');
  assertCache(`${what}: cache`, policy.cache);
  assertType(`${what}: perInstance`, policy.perInstance, 'boolean', 'function');
  assertNames(`${what}: omit`, policy.omit);
  if (policy.id !== undefined) assertName(`${what}: id`, policy.id);
  return Object.freeze({ ...policy });
}

function assertTtlOption(ttl: Policy['ttl'], what: string): void {
  if (ttl === undefined || typeof ttl === 'function') return;
  assertTtl(ttl, `${what}: ttl`);
}

/** By its shape: it may be of another copy of this package. */
function assertCache(option: string, cache: unknown): void {
  if (cache === undefined || (typeof cache === 'string' && cache !== '')) return;
  if (typeof cache === 'object' && cache !== null && 'engine' in cache) return;
  throw new CacheConfigError(
    `${option}: ${describe(cache)} was given. Allowed: a Cache, or the name it has in the config.`,
  );
}

function assertNames(option: string, names: unknown): void {
  if (names === undefined) return;
  if (!Array.isArray(names)) {
    throw new CacheConfigError(`${option}: ${describe(names)} was given. Allowed: an array of texts.`);
  }
  for (const name of names) assertName(option, name);
}

function assertName(option: string, name: unknown): void {
  if (typeof name === 'string' && name !== '' && !name.startsWith('\0')) return;
  throw new CacheConfigError(`${option}: ${describe(name)} was given. Allowed: a text that is not empty.`);
}

function warnOfSeconds(what: string, option: string, given: unknown): void {
  if (typeof given !== 'number' || given >= PROBABLY_SECONDS || warned.has(what)) return;
  warned.add(what);
  console.warn(
    `keepsake: ${what}: ${option} ${given} is ${given} milliseconds. If seconds were meant, write '${given}s'.`,
  );
}
