import { type Show, valueAt } from './found.js';
import type { ConfigPath, Problem } from './problem.js';
import { allowedText } from './suggestion.js';

const ROOT = 'keepsake';
const PROFILE = 'profile:';
const LOCATIONS = ['url', 'server', 'sentinel', 'cluster', 'client'];

/**
 * What is wrong between the parts of a config, each of which may be right. It is given as it was found, so that these
 * problems are in the same report as those of the parts.
 */
export function referenceProblems(
  config: unknown,
  show: Show,
  environmentHasUrl: boolean,
): readonly Problem[] {
  const backends = recordAt(config, 'backends');
  const caches = recordAt(config, 'caches');
  return [
    ...withoutCaches(backends, caches),
    ...backends.flatMap(([name, backend]) =>
      locationProblems(['backends', name], backend, environmentHasUrl),
    ),
    ...caches.flatMap(([name, cache]) => [
      ...tierProblems(['caches', name, 'tiers'], cache, names(backends), show),
      ...profileProblems(['caches', name, 'ttl'], cache, names(recordAt(config, 'profiles')), show),
    ]),
    ...sharedNamespaces(config, caches),
  ];
}

/** The name of the backend that a tier names, if it names one. */
export function backendNameOf(tier: unknown): string | undefined {
  const name = typeof tier === 'object' ? valueAt(tier, ['backend']) : tier;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** What of a Redis backend says where the server is. */
export function locationsOf(backend: unknown): readonly string[] {
  return LOCATIONS.filter((location) => valueAt(backend, [location]) !== undefined);
}

/** The first part of the keys of the cache `name`. */
export function namespaceOf(config: unknown, name: string): string {
  const root = textAt(config, 'namespace') ?? ROOT;
  const cache = valueAt(config, ['caches', name]);
  const own = textAt(cache, 'namespace') ?? (name === 'default' ? root : `${root}.${name}`);
  const version = valueAt(cache, ['version']);
  return version === undefined ? own : `${own}~${String(version)}`;
}

type Named = readonly (readonly [name: string, value: unknown])[];

function withoutCaches(backends: Named, caches: Named): Problem[] {
  if (backends.length === 0 || caches.length > 0) return [];
  const message =
    'nothing was found, so that no backend is used. Allowed: { default: { tiers: [a backend] } }.';
  return [{ path: ['caches'], message }];
}

function locationProblems(path: ConfigPath, backend: unknown, environmentHasUrl: boolean): Problem[] {
  if (valueAt(backend, ['type']) !== 'redis') return [];
  const given = locationsOf(backend);
  if (given.length === 1 || (given.length === 0 && environmentHasUrl)) return [];
  const found = given.length === 0 ? 'nothing says where the server is' : `${given.join(' and ')} were found`;
  const message = `${found}. Allowed: exactly one of ${LOCATIONS.join(', ')}; or none of them, with REDIS_URL set.`;
  return [{ path, message }];
}

function tierProblems(path: ConfigPath, cache: unknown, backends: readonly string[], show: Show): Problem[] {
  const tiers = valueAt(cache, ['tiers']);
  if (!Array.isArray(tiers)) return [];
  const named = tiers.map(backendNameOf);
  return named.flatMap((name, i) => {
    if (name === undefined) return [];
    const at = typeof tiers[i] === 'object' ? [...path, i, 'backend'] : [...path, i];
    if (!backends.includes(name)) {
      return [{ path: at, message: `${show(name, at)} names no backend. ${allowedText(name, backends)}` }];
    }
    if (named.indexOf(name) === i) return [];
    return [
      { path: [...path, i], message: `'${name}' is a tier of this cache already. Allowed: each once.` },
    ];
  });
}

function profileProblems(
  path: ConfigPath,
  cache: unknown,
  profiles: readonly string[],
  show: Show,
): Problem[] {
  const ttl = valueAt(cache, ['ttl']);
  if (typeof ttl !== 'string' || !ttl.startsWith(PROFILE)) return [];
  const name = ttl.slice(PROFILE.length);
  if (name === '' || profiles.includes(name)) return [];
  return [{ path, message: `${show(ttl, path)} names no profile. ${allowedText(name, profiles)}` }];
}

/** Two caches over the same keys of one backend would not see each other's invalidations. */
function sharedNamespaces(config: unknown, caches: Named): Problem[] {
  const seen = new Map<string, string>();
  return caches.flatMap(([name, cache]) => {
    const tiers = valueAt(cache, ['tiers']);
    const namespace = namespaceOf(config, name);
    const places = (Array.isArray(tiers) ? tiers : []).map((tier) => `${backendNameOf(tier)}\0${namespace}`);
    const other = places.map((place) => seen.get(place)).find((each) => each !== undefined);
    for (const place of places) seen.set(place, name);
    if (other === undefined || other === name) return [];
    const message = `this is the namespace of the cache '${other}' too, on the same backend. Allowed: one of its own.`;
    return [{ path: ['caches', name, 'namespace'], message }];
  });
}

function recordAt(config: unknown, property: string): Named {
  const value = valueAt(config, [property]);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function textAt(config: unknown, property: string): string | undefined {
  const value = valueAt(config, [property]);
  return typeof value === 'string' ? value : undefined;
}

function names(record: Named): readonly string[] {
  return record.map(([name]) => name);
}
