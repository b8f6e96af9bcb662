import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import { all } from '../tiers/all.js';
import { type Tier, unavailable } from '../tiers/tier.js';
import type { Clock } from '../time/clock.js';
import { KnownMarkers } from './known-markers.js';
import { Softener } from './softener.js';
import { leftBy, markerOf, newVersion, softened, type TagVersion, versionOf } from './tag-version.js';

/** Tag → version: the versions an entry was loaded under. */
export type TagVersions = Readonly<Record<string, string>>;

export interface MarkersOptions {
  /** Where the markers live: the tier that is the shared truth. */
  readonly back: Tier;
  /** The internal key prefix of this cache's markers. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Whether news of markers reach this process now (a healthy bus, or nobody else to hear from). */
  readonly followed: () => boolean;
  /** Tells the other processes that these markers (stored keys) changed, or were missing and are there now. */
  readonly publish: (markers: readonly string[], created?: true) => void;
}

/** When a load began: in the count of what happened to markers in this process, and in epoch ms. */
export interface Moment {
  readonly count: number;
  readonly at: number;
}

/** What the back tier said, tag by tag. */
type Fetched = ReadonlyMap<string, TagVersion>;
const NOTHING: Fetched = new Map();

/** A read of markers that is under way. */
interface Reading {
  readonly began: number;
  readonly fetched: Promise<Fetched>;
}

/** How far apart two readings of a shared tier's clock may be, in ms. */
const CLOCK_MARGIN = 1000;
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
  readonly #publish: MarkersOptions['publish'];
  readonly #known: KnownMarkers;
  readonly #softener: Softener;
  /** Markers that are being read from the back tier. */
  readonly #readings = new Map<string, Reading>();
  /** Markers that this process is about to create: not every backend can tell two of its creations apart. */
  readonly #creating = new Map<string, { readonly began: number; readonly version: Promise<TagVersion> }>();
  constructor(options: MarkersOptions) {
    this.#back = options.back;
    this.#prefix = options.prefix;
    const local = options.back.local ? options.back.backend : undefined;
    this.#known = new KnownMarkers(local, options.prefix, options.clock, options.followed);
    this.#clock = options.clock;
    this.#softener = new Softener(options.back, options.clock);
    this.#publish = options.publish;
  }

  /** `entry` as its tags leave it, by what this process is sure of; nothing where it is void, or not sure. */
  peek(entry: Entry): Entry | undefined {
    if (!entry.tags) return entry;
    for (const tag in entry.tags) {
      const version = this.#known.sure(tag);
      if (version === undefined) return undefined;
      if (version !== entry.tags[tag]) return leftBy(entry, (each) => this.sure(each));
    }
    return entry;
  }

  /** The version of `tag`, if this process can be sure of it. */
  sure(tag: string): TagVersion | undefined {
    return this.#known.sure(tag) === undefined ? undefined : this.#known.last(tag);
  }

  /** The last version of `tag` that this process knew, which it goes by while the back tier cannot say. */
  last(tag: string): TagVersion | undefined {
    return this.#known.last(tag);
  }

  /**
   * Each of `entries` as its tags leave it, by the back tier where this process cannot be sure: one question for all.
   * Itself; a copy that is stale, or has been for longer, after a soft invalidation; nothing where it is void.
   */
  left(entries: readonly Entry[]): Awaitable<readonly (Entry | undefined)[]> {
    const tags = [...new Set(entries.flatMap((entry) => Object.keys(entry.tags ?? {})))];
    return chain(this.#present(tags), (fetched) => {
      const present = (tag: string): TagVersion | undefined => fetched.get(tag) ?? this.#known.last(tag);
      return entries.map((entry) => leftBy(entry, present));
    });
  }

  /** The present versions of `tags`; a missing marker gets a new nonce. To be read *before* the load. */
  read(tags: readonly string[]): Awaitable<TagVersions> {
    return chain(this.#present(tags), (fetched) => this.#versions(tags, fetched));
  }

  /** Whether one of `tags` was invalidated since, or may have been, as far as this process knows. */
  isRenewed(tags: readonly string[], since: Moment): boolean {
    return tags.some((tag) => this.#known.isRenewedSince(tag, since.count));
  }

  /** Now, for `readLate`. */
  moment(): Moment {
    return { count: this.#known.now, at: this.#clock.now() };
  }

  /**
   * The present versions of tags that turned up during a load that began at `since`; `undefined` if one of them may
   * have been invalidated meanwhile. A shared marker that is not clearly older than the load may have been.
   */
  readLate(tags: readonly string[], since: Moment): Awaitable<TagVersions | undefined> {
    const changed = (): boolean => this.isRenewed(tags, since);
    if (changed()) return undefined;
    if (this.#back.local) return this.read(tags);
    const answers = this.#back.getMany(tags.map((tag) => this.keyOf(tag)));
    return chain(answers, (found): Awaitable<TagVersions | undefined> => {
      const old = found !== unavailable && found.every((marker) => isOlder(marker, since.at));
      // A marker that is missing now is made, so that the next load has one.
      return chain(this.read(tags), (versions) => (old && !changed() ? versions : undefined));
    });
  }

  /**
   * Gives `tags` new versions, at once in this process and, when it settles, in the back tier; `false` if the back tier
   * did not acknowledge.
   */
  invalidate(tags: readonly string[]): Awaitable<boolean> {
    const fresh = tags.map((tag) => [tag, newVersion()] as const);
    const began = this.#known.begin();
    const written = this.#back.local
      ? []
      : fresh.map(([tag, version]) => this.#back.set(this.keyOf(tag), markerOf(version, this.#clock.now())));
    const settle = (answers: readonly unknown[]): boolean => {
      fresh.forEach(([tag, version], i) => {
        this.#known.settle(tag, version, began, answers[i] !== unavailable);
      });
      this.#publish(tags.map((tag) => this.keyOf(tag)));
      return !answers.includes(unavailable);
    };
    return all<unknown, boolean>(written, settle);
  }

  /**
   * As `invalidate`, where what was stored under the versions so far is stale from now on, and not void. What the back
   * tier cannot soften is invalidated: a tier without leases, in which nobody can tell whether another process has
   * invalidated the tag for good meanwhile, and one that does not answer.
   */
  soften(tags: readonly string[]): Awaitable<boolean> {
    const own = [...new Set(tags)];
    const began = this.#known.begin();
    const softening = all(
      own.map((tag) => this.#softened(tag)),
      (versions) => versions,
    );
    return chain(softening, (versions) => {
      versions.forEach((version, i) => {
        if (version) this.#known.settle(own[i] as string, version, began, true);
      });
      const done = own.filter((_, i) => versions[i]);
      const rest = own.filter((_, i) => !versions[i]);
      if (done.length > 0) this.#publish(done.map((tag) => this.keyOf(tag)));
      return rest.length === 0 || this.invalidate(rest);
    });
  }

  /** Forgets the markers under `keys`: another process changed them. The tags that these are. */
  forget(keys: readonly string[]): readonly string[] {
    const tags = keys
      .filter((key) => key.startsWith(this.#prefix))
      .map((key) => key.slice(this.#prefix.length));
    for (const tag of tags) this.#known.forget(tag);
    return tags;
  }

  /** Forgets all markers: others may have changed any of them. */
  forgetAll(): void {
    this.#known.forgetAll();
  }

  /** The stored key of a tag's marker. */
  keyOf(tag: string): string {
    return this.#prefix + tag;
  }

  #versions(tags: readonly string[], fetched: Fetched): TagVersions {
    // Not by assignment: a tag may be called __proto__.
    return Object.fromEntries(
      tags.map((tag) => [tag, (fetched.get(tag) ?? this.#known.last(tag) ?? newVersion()).version]),
    );
  }

  /** What has to be asked for to be sure of `tags`. */
  #present(tags: readonly string[]): Awaitable<Fetched> {
    const unsure = tags.filter((tag) => this.#known.sure(tag) === undefined);
    return unsure.length === 0 ? NOTHING : this.#fetch(unsure);
  }

  #softened(tag: string): Awaitable<TagVersion | undefined> {
    if (!this.#back.local) return this.#softener.soften(this.keyOf(tag));
    const known = this.#known.last(tag);
    return known ? softened(known, this.#clock.now()) : newVersion();
  }

  /** Markers that are being read already are not asked for again, unless something has happened to them since. */
  #fetch(tags: readonly string[]): Awaitable<Fetched> {
    if (this.#back.local) return this.#provisional(tags);
    const running = new Set<Promise<Fetched>>();
    const unasked = tags.filter((tag) => {
      const reading = this.#readings.get(tag);
      if (!reading || this.#known.isForgottenSince(tag, reading.began)) return true;
      running.add(reading.fetched);
      return false;
    });
    const asked = unasked.length > 0 ? this.#ask(unasked) : NOTHING;
    if (running.size === 0) return asked;
    return Promise.all([asked, ...running]).then((all) => new Map(all.flatMap((each) => [...each])));
  }

  #ask(tags: readonly string[]): Awaitable<Fetched> {
    const reading = { began: this.#known.now, fetched: this.#fetched(tags) };
    if (!isPending(reading.fetched)) return reading.fetched;
    const pending = reading as Reading;
    for (const tag of tags) this.#readings.set(tag, pending);
    const done = (): void => {
      for (const tag of tags) if (this.#readings.get(tag) === pending) this.#readings.delete(tag);
    };
    pending.fetched.then(done, done);
    return pending.fetched;
  }

  #fetched(tags: readonly string[]): Awaitable<Fetched> {
    const began = this.#known.now;
    const answers = this.#back.getMany(tags.map((tag) => this.keyOf(tag)));
    return chain(answers, (found): Awaitable<Fetched> => {
      if (found === unavailable) return this.#provisional(tags);
      const versions = tags.map((tag, i) => {
        const there = versionOf(found[i]);
        return there ? this.#known.learn(tag, there, began) : this.#create(tag, began);
      });
      const record = (present: readonly TagVersion[]): Fetched =>
        new Map(tags.map((tag, i) => [tag, present[i] as TagVersion]));
      return all(versions, record);
    });
  }

  /** A missing marker gets a version that was never used before, the same for all who miss it at once. */
  #create(tag: string, began: number): Awaitable<TagVersion> {
    const running = this.#creating.get(tag);
    if (running && !this.#known.isForgottenSince(tag, running.began)) return running.version;
    const version = this.#created(tag, began);
    if (!isPending(version)) return version;
    const own = { began, version };
    const done = (): void => {
      if (this.#creating.get(tag) === own) this.#creating.delete(tag);
    };
    this.#creating.set(tag, own);
    version.then(done, done);
    return version;
  }

  #created(tag: string, began: number): Awaitable<TagVersion> {
    const version = newVersion();
    const key = this.keyOf(tag);
    // Not the last one that was known: that was lost, or invalidated by somebody whose new one the tier did not take.
    const ownOnly = (): TagVersion => {
      this.#known.assume(tag, version);
      return version;
    };
    return chain(this.#back.setIf(key, markerOf(version, this.#clock.now()), 'absent'), (created) => {
      if (created === unavailable) return ownOnly();
      if (created) {
        this.#publish([key], true);
        return this.#known.learn(tag, version, began);
      }
      return chain(this.#back.get(key), (answer) => {
        const there = answer === unavailable ? undefined : versionOf(answer);
        return there ? this.#known.learn(tag, there, began) : ownOnly();
      });
    });
  }

  /** While the back tier cannot say, or where it belongs to this process, a version of its own does. */
  #provisional(tags: readonly string[]): Fetched {
    return new Map(
      tags.map((tag) => {
        const version = this.#known.last(tag) ?? newVersion();
        this.#known.assume(tag, version);
        return [tag, version];
      }),
    );
  }
}

function isOlder(marker: Entry | undefined, than: number): boolean {
  return marker !== undefined && marker.createdAt < than - CLOCK_MARGIN;
}
