import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import { type Tier, unavailable } from '../tiers/tier.js';
import type { Clock } from '../time/clock.js';
import { nonce } from './nonce.js';

/** Tag → nonce: the versions an entry was loaded under. */
export type TagVersions = Readonly<Record<string, string>>;

/** What this process knows of one marker. */
interface Known {
  readonly nonce: string;
  /** Counts what happened to markers in this process: a read that began earlier than `at` is out of date. */
  readonly at: number;
  /** When the back tier said so; `-Infinity` for a nonce that it has not acknowledged. */
  readonly readAt: number;
}

export interface MarkersOptions {
  /** Where the markers live: the tier that is the shared truth. */
  readonly back: Tier;
  /** The internal key prefix of this cache's markers. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Whether news of markers reach this process now (a healthy bus, or nobody else to hear from). */
  readonly followed: () => boolean;
  /** Tells the other processes that these markers (stored keys) changed. */
  readonly publish: (markers: readonly string[]) => void;
}

/** How many markers a process remembers. A forgotten one is read again. */
const MOST_KNOWN = 100_000;
/** How long a nonce is believed where no bus brings news, in ms: the time other processes may take to follow anyway. */
const BELIEVED_UNFOLLOWED = 50;

/**
 * The versions of tags. Each tag has a marker in the back tier that holds a nonce; an entry is valid only under the
 * nonces that its tags' markers had before it was loaded. So invalidating a tag is one write, however many entries
 * carry it, and a lost marker makes misses, never resurrections: its next nonce is a new one.
 *
 * The process remembers what it read; the bus makes it forget what others changed. Where the back tier belongs to this
 * process, that memory is all there is: markers take no room from entries.
 */
export class Markers {
  readonly #back: Tier;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #followed: () => boolean;
  readonly #publish: (markers: readonly string[]) => void;
  readonly #known: Map<string, Known>;
  /** When a marker was forgotten, in the count of `at`: a read under way must not bring the old nonce back. */
  #forgotten = new Map<string, number>();
  #forgottenAll = 0;
  #at = 0;

  constructor(options: MarkersOptions) {
    this.#back = options.back;
    this.#prefix = options.prefix;
    this.#known = options.back.local ? knownOf(options.back.backend, options.prefix) : new Map();
    this.#clock = options.clock;
    this.#followed = options.followed;
    this.#publish = options.publish;
  }

  /** Whether `entry` is valid by what this process knows; `undefined` if it does not know. */
  peek(entry: Entry): boolean | undefined {
    if (!entry.tags) return true;
    for (const tag in entry.tags) {
      const known = this.#known.get(tag);
      if (!known) return undefined;
      if (known.nonce !== entry.tags[tag]) return false;
    }
    return true;
  }

  /** Whether `entry` is valid, by the back tier where this process cannot be sure. */
  valid(entry: Entry): Awaitable<boolean> {
    if (!entry.tags) return true;
    return chain(this.read(Object.keys(entry.tags)), (versions) =>
      Object.entries(entry.tags ?? {}).every(([tag, version]) => versions[tag] === version),
    );
  }

  /** The present versions of `tags`; a missing marker gets a new nonce. To be read *before* the load. */
  read(tags: readonly string[]): Awaitable<TagVersions> {
    const unsure = tags.filter((tag) => !this.#sure(tag));
    if (unsure.length === 0) return this.#versions(tags, {});
    return chain(this.#fetch(unsure), (fetched) => this.#versions(tags, fetched));
  }

  /**
   * Gives `tags` new versions, at once in this process and, when it settles, in the back tier; `false` if the back tier
   * did not acknowledge.
   */
  invalidate(tags: readonly string[]): Awaitable<boolean> {
    const fresh = tags.map((tag) => [tag, nonce()] as const);
    const at = ++this.#at;
    const written = this.#back.local
      ? []
      : fresh.map(([tag, version]) => this.#back.set(this.keyOf(tag), this.#marker(version)));
    const settle = (answers: readonly unknown[]): boolean => {
      fresh.forEach(([tag, version], i) => {
        this.#settle(tag, version, at, answers[i] !== unavailable);
      });
      this.#publish(tags.map((tag) => this.keyOf(tag)));
      return !answers.includes(unavailable);
    };
    return written.some(isPending) ? Promise.all(written).then(settle) : settle(written);
  }

  /** Forgets the markers under `keys`: another process changed them. The tags that these are. */
  forget(keys: readonly string[]): readonly string[] {
    const at = ++this.#at;
    const tags = keys
      .filter((key) => key.startsWith(this.#prefix))
      .map((key) => key.slice(this.#prefix.length));
    for (const tag of tags) {
      this.#known.delete(tag);
      bound(this.#forgotten);
      this.#forgotten.set(tag, at);
    }
    return tags;
  }

  /** Forgets all markers: others may have changed any of them. */
  forgetAll(): void {
    this.#forgottenAll = ++this.#at;
    this.#known.clear();
  }

  /** The stored key of a tag's marker. */
  keyOf(tag: string): string {
    return this.#prefix + tag;
  }

  #sure(tag: string): boolean {
    const known = this.#known.get(tag);
    if (!known) return false;
    if (this.#back.local) return true;
    if (this.#followed()) return known.readAt !== Number.NEGATIVE_INFINITY;
    return this.#clock.now() - known.readAt < BELIEVED_UNFOLLOWED;
  }

  #versions(tags: readonly string[], fetched: TagVersions): TagVersions {
    const versions: Record<string, string> = {};
    for (const tag of tags) versions[tag] = fetched[tag] ?? this.#known.get(tag)?.nonce ?? nonce();
    return versions;
  }

  #fetch(tags: readonly string[]): Awaitable<TagVersions> {
    if (this.#back.local) return this.#provisional(tags);
    const began = this.#at;
    const answers = this.#back.getMany(tags.map((tag) => this.keyOf(tag)));
    return chain(answers, (found): Awaitable<TagVersions> => {
      if (found === unavailable) return this.#provisional(tags);
      const versions = tags.map((tag, i) => {
        const there = found[i]?.value;
        return typeof there === 'string' ? this.#learn(tag, there, began) : this.#create(tag, began);
      });
      const record = (nonces: readonly string[]): TagVersions =>
        Object.fromEntries(tags.map((tag, i) => [tag, nonces[i] as string]));
      return versions.some(isPending)
        ? Promise.all(versions).then(record)
        : record(versions as readonly string[]);
    });
  }

  /** A missing marker gets a nonce that was never used before, the same for all who miss it at once. */
  #create(tag: string, began: number): Awaitable<string> {
    const version = nonce();
    const key = this.keyOf(tag);
    return chain(this.#back.setIf(key, this.#marker(version), 'absent'), (created) => {
      if (created === unavailable) return this.#provisional([tag])[tag] as string;
      if (created) {
        this.#publish([key]);
        return this.#learn(tag, version, began);
      }
      return chain(this.#back.get(key), (there) =>
        there === unavailable || typeof there?.value !== 'string'
          ? (this.#provisional([tag])[tag] as string)
          : this.#learn(tag, there.value, began),
      );
    });
  }

  /** Remembers what was read, unless something happened to the marker since the read began. */
  #learn(tag: string, version: string, began: number): string {
    const known = this.#known.get(tag);
    if (known && known.at > began) return known.nonce;
    if (!this.#changedSince(tag, began)) {
      this.#remember(tag, { nonce: version, at: began, readAt: this.#clock.now() });
    }
    return version;
  }

  /** While the back tier cannot say, or where it belongs to this process, a nonce of its own does. */
  #provisional(tags: readonly string[]): TagVersions {
    return Object.fromEntries(
      tags.map((tag) => {
        const version = this.#known.get(tag)?.nonce ?? nonce();
        this.#remember(tag, { nonce: version, at: ++this.#at, readAt: Number.NEGATIVE_INFINITY });
        return [tag, version];
      }),
    );
  }

  /** After an own invalidation: the new nonce counts, unless another one came in between and only the back tier knows the last. */
  #settle(tag: string, version: string, began: number, acknowledged: boolean): void {
    const known = this.#known.get(tag);
    if ((known && known.at > began) || this.#changedSince(tag, began)) {
      this.#known.delete(tag);
      this.#forgotten.set(tag, ++this.#at);
      return;
    }
    const readAt = acknowledged ? this.#clock.now() : Number.NEGATIVE_INFINITY;
    this.#remember(tag, { nonce: version, at: ++this.#at, readAt });
  }

  #changedSince(tag: string, began: number): boolean {
    return this.#forgottenAll > began || (this.#forgotten.get(tag) ?? 0) > began;
  }

  #remember(tag: string, known: Known): void {
    this.#known.delete(tag);
    bound(this.#known);
    this.#known.set(tag, known);
  }

  #marker(version: string): Entry {
    const now = this.#clock.now();
    return {
      value: version,
      createdAt: now,
      staleAt: Number.POSITIVE_INFINITY,
      expiresAt: Number.POSITIVE_INFINITY,
    };
  }
}

const knownOfBackend = new WeakMap<Backend, Map<string, Map<string, Known>>>();

/** What all caches over one backend of this process know, so that they agree. */
function knownOf(backend: Backend, prefix: string): Map<string, Known> {
  const byPrefix = knownOfBackend.get(backend) ?? new Map<string, Map<string, Known>>();
  knownOfBackend.set(backend, byPrefix);
  const known = byPrefix.get(prefix) ?? new Map<string, Known>();
  byPrefix.set(prefix, known);
  return known;
}

/** Drops the oldest of a map that is full. */
function bound(map: Map<string, unknown>): void {
  if (map.size < MOST_KNOWN) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
