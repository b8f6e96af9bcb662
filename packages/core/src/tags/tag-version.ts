import type { Entry } from '../contract/entry.js';
import { nonce } from './nonce.js';

/** The present version of a tag, and since when the ones before it are stale. */
export interface TagVersion {
  /** What entries are stored under: a nonce, and after `~` that of the last soft invalidation, if there was one. */
  readonly version: string;
  /** The soft invalidations since the last hard one, newest first, as many as are remembered. */
  readonly softenings: readonly Softening[];
}

/** A soft invalidation: older versions have been stale since then. */
interface Softening {
  readonly nonce: string;
  /** Epoch ms. */
  readonly at: number;
}

/** How many soft invalidations a marker remembers; for what is older, the oldest of them counts. */
const MOST_SOFTENINGS = 8;
const NONE: readonly Softening[] = [];

/** A version under which nothing has been stored yet: what was stored under another one is void. */
export function newVersion(): TagVersion {
  return { version: nonce(), softenings: NONE };
}

/** The version after a soft invalidation at the instant `at`. */
export function softened(before: TagVersion, at: number): TagVersion {
  const softening = { nonce: nonce(), at };
  return {
    version: `${hardPart(before.version)}~${softening.nonce}`,
    softenings: [softening, ...before.softenings].slice(0, MOST_SOFTENINGS),
  };
}

/** The marker of a tag, written at the instant `now`: that of the last soft invalidation, if there was one. */
export function markerOf(version: TagVersion, now: number): Entry {
  const { POSITIVE_INFINITY: never } = Number;
  return { value: textOf(version), createdAt: now, staleAt: never, expiresAt: never };
}

/** What `marker` says, if it is one. Its last soft invalidation was when it was written. */
export function versionOf(marker: Entry | undefined): TagVersion | undefined {
  if (typeof marker?.value !== 'string') return undefined;
  const [hard = '', last, ...older] = marker.value.split('~');
  if (last === undefined) return { version: hard, softenings: NONE };
  const softenings: Softening[] = [{ nonce: last, at: marker.createdAt }];
  let at = marker.createdAt;
  for (let i = 0; i + 1 < older.length; i += 2) {
    at -= Number(older[i]);
    softenings.push({ nonce: older[i + 1] as string, at });
  }
  return { version: `${hard}~${last}`, softenings };
}

/**
 * Since when what was stored under `recorded` is stale by its tag: `Infinity` where that is still the version, and
 * `undefined` where it is void.
 */
export function staleSince(recorded: string, { version, softenings }: TagVersion): number | undefined {
  if (recorded === version) return Number.POSITIVE_INFINITY;
  const hard = hardPart(recorded);
  if (hard !== hardPart(version)) return undefined;
  const own = softenings.findIndex((softening) => softening.nonce === recorded.slice(hard.length + 1));
  return (own > 0 ? softenings[own - 1] : softenings.at(-1))?.at;
}

/**
 * `entry` as its tags leave it: itself; where one was invalidated softly, a copy that is stale since then and stands
 * under the present versions, which is the same from now on; nothing where it is void.
 */
export function leftBy(entry: Entry, present: (tag: string) => TagVersion | undefined): Entry | undefined {
  const { tags = {} } = entry;
  let { staleAt } = entry;
  let softly = false;
  for (const tag in tags) {
    const recorded = tags[tag] as string;
    const version = present(tag);
    const since = version && staleSince(recorded, version);
    if (since === undefined) return undefined;
    softly ||= since < Number.POSITIVE_INFINITY;
    staleAt = Math.min(staleAt, since);
  }
  if (!softly) return entry;
  // Not by assignment: a tag may be called __proto__.
  const versions = Object.keys(tags).map((tag) => [tag, (present(tag) as TagVersion).version]);
  return { ...entry, staleAt, tags: Object.fromEntries(versions) as Record<string, string> };
}

/**
 * The version, then the older soft invalidations, each after the ms between it and the one that followed. Lengths, since
 * a tier translates the instants of an entry and not those inside a value.
 */
function textOf({ version, softenings }: TagVersion): string {
  const older = softenings.slice(1).flatMap(({ nonce: name, at }, i) => {
    const next = softenings[i] as Softening;
    return [String(Math.round(next.at - at)), name];
  });
  return [version, ...older].join('~');
}

function hardPart(version: string): string {
  const end = version.indexOf('~');
  return end < 0 ? version : version.slice(0, end);
}
