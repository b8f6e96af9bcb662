import { CacheConfigError } from '../errors.js';
import { type Duration, milliseconds } from '../time/duration.js';
import { describe } from './known-options.js';

/**
 * The names of the ttl profiles of an application. Augment it to have them checked by the compiler:
 *
 * ```ts
 * declare module 'keepsake' {
 *   interface TtlProfiles {
 *     predictions: true;
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented
export interface TtlProfiles {}

/** A ttl by the name that the config gives it, such as `'profile:predictions'`; any name while `TtlProfiles` is empty. */
export type ProfileName = keyof TtlProfiles extends never
  ? `profile:${string}`
  : `profile:${keyof TtlProfiles}`;

/** A length of time, or the name of one. */
export type Ttl = Duration | ProfileName;

const PREFIX = 'profile:';

/** Named lengths of time, as a cache was given them. */
export type Profiles = Readonly<Record<string, Duration>>;

/**
 * The length of `ttl` in ms.
 *
 * @throws CacheConfigError if it is no duration, or names a profile that the cache does not have
 */
export function resolveTtl(ttl: Ttl, profiles: Profiles, option = 'ttl'): number {
  if (!isProfile(ttl)) return milliseconds(ttl as Duration, option);
  const name = ttl.slice(PREFIX.length);
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return milliseconds(profile, `${option} (${describe(ttl)})`);
  const known = Object.keys(profiles).map((each) => `'${PREFIX}${each}'`);
  throw new CacheConfigError(
    `${option}: there is no profile ${describe(name)}. Allowed: ${known.length > 0 ? known.join(', ') : 'a duration; no profiles are configured'}.`,
  );
}

/**
 * What can be said of `ttl` before a cache is known.
 *
 * @throws CacheConfigError if it is neither a duration nor the name of a profile
 */
export function assertTtl(ttl: Ttl, option = 'ttl'): void {
  if (!isProfile(ttl)) milliseconds(ttl as Duration, option);
}

function isProfile(ttl: unknown): ttl is `profile:${string}` {
  return typeof ttl === 'string' && ttl.startsWith(PREFIX);
}
