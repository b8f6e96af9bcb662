import type { Engine } from '../cache/engine.js';
import { type Awaitable, attempt, chain } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import { all } from '../tiers/all.js';
import { unavailable } from '../tiers/tier.js';

/** What was seen of one tag of an entry. */
export interface TagLook {
  readonly tag: string;
  readonly valid: boolean;
  /** Its marker is gone, so that nobody can tell whether it was invalidated. */
  readonly lost: boolean;
  /** Its marker could not be read: a call goes by what this process knows. */
  readonly unread: boolean;
}

/** The nonce that a marker holds, if there is one and it can be read. */
type Marker = string | undefined | typeof unavailable;

/** Looks whether tags are valid as a read would, but learns nothing and makes no marker. Each marker is read once. */
export class TagLooks {
  readonly #engine: Engine;
  readonly #markers = new Map<string, Awaitable<Marker>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(entry: Entry): Awaitable<readonly TagLook[]> {
    const looks = Object.entries(entry.tags ?? {}).map(([tag, version]) => this.#look(entry, tag, version));
    return all(looks, (seen) => seen);
  }

  #look(entry: Entry, tag: string, version: string): Awaitable<TagLook> {
    const { markers, tiers } = this.#engine;
    const known = markers.peek({ ...entry, tags: { [tag]: version } });
    if (known !== undefined) return { tag, valid: known, lost: false, unread: false };
    if (tiers.back.local) return { tag, valid: false, lost: true, unread: false };
    return chain(this.#marker(tag), (marker) => ({
      tag,
      valid: (marker === unavailable ? markers.last(tag) : marker) === version,
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
    const nonce = (entry: Entry | undefined): Marker =>
      typeof entry?.value === 'string' ? entry.value : undefined;
    return attempt(
      () => chain(guard.peek(key), nonce),
      (): Marker => unavailable,
    );
  }
}
