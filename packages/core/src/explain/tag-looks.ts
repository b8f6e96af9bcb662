import type { Engine } from '../cache/engine.js';
import { type Awaitable, attempt, chain } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import { staleSince, type TagVersion, versionOf } from '../tags/tag-version.js';
import { all } from '../tiers/all.js';
import { unavailable } from '../tiers/tier.js';

/** What was seen of one tag of an entry. */
export interface TagLook {
  readonly tag: string;
  readonly valid: boolean;
  /** Since when it is stale by this tag, in epoch ms; `Infinity` if it is not. */
  readonly staleSince: number;
  /** Its marker is gone, so that nobody can tell whether it was invalidated. */
  readonly lost: boolean;
  /** Its marker could not be read: a call goes by what this process knows. */
  readonly unread: boolean;
}

/** What a marker says, if there is one and it can be read. */
type Marker = TagVersion | undefined | typeof unavailable;

/** Looks whether tags are valid as a read would, but learns nothing and makes no marker. Each marker is read once. */
export class TagLooks {
  readonly #engine: Engine;
  readonly #markers = new Map<string, Awaitable<Marker>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(entry: Entry): Awaitable<readonly TagLook[]> {
    const looks = Object.entries(entry.tags ?? {}).map(([tag, version]) => this.#look(tag, version));
    return all(looks, (seen) => seen);
  }

  #look(tag: string, version: string): Awaitable<TagLook> {
    const { markers, tiers } = this.#engine;
    const known = markers.sure(tag);
    if (known) return { tag, ...worth(version, known), lost: false, unread: false };
    if (tiers.back.local) return { tag, ...worth(version, undefined), lost: true, unread: false };
    return chain(this.#marker(tag), (marker) => ({
      tag,
      ...worth(version, marker === unavailable ? markers.last(tag) : marker),
      lost: marker === undefined,
      unread: marker === unavailable,
    }));
  }

  #marker(tag: string): Awaitable<Marker> {
    const marker = this.#markers.get(tag) ?? this.#read(this.#engine.markers.keyOf(tag));
    this.#markers.set(tag, marker);
    return marker;
  }

  #read(key: string): Awaitable<Marker> {
    const guard = this.#engine.guardOf(this.#engine.tiers.back);
    // What it holds is older than what this process knows.
    if (!guard || guard.owes(key)) return unavailable;
    return attempt(
      () => chain(guard.peek(key), (marker): Marker => versionOf(marker)),
      (): Marker => unavailable,
    );
  }
}

/** What the tag makes of what was stored under `recorded`. */
function worth(recorded: string, present: TagVersion | undefined): Pick<TagLook, 'valid' | 'staleSince'> {
  const since = present && staleSince(recorded, present);
  return { valid: since !== undefined, staleSince: since ?? Number.POSITIVE_INFINITY };
}
