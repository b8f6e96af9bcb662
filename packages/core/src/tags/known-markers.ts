import type { Backend } from '../contract/backend.js';
import type { Clock } from '../time/clock.js';
import { RecentMap } from './recent-map.js';
import type { TagVersion } from './tag-version.js';

/** What this process knows of one marker. */
interface Known extends TagVersion {
  /** Counts what happened to markers in this process: a read that began earlier than `at` is out of date. */
  readonly at: number;
  /** When another version took its predecessor's place, in the same count; 0 where none was known. */
  readonly renewedAt: number;
  /** Whether the back tier said so, or this process made it up while that could not be asked. */
  readonly acknowledged: boolean;
  /** Until when it is believed without asking, where no bus brings news. */
  readonly believedUntil: number;
}

/** How many markers a process remembers. A forgotten one is read again. */
const MOST_KNOWN = 100_000;
/** How long a version is believed where no bus brings news, in ms: the time other processes may take to follow anyway. */
const BELIEVED_UNFOLLOWED = 50;
/** How long this process goes by what it knows before it asks a back tier again that could not answer, in ms. */
const UNANSWERED = 1000;

/** What happened to markers in this process, counted; one count for all, since caches over one backend share what they know. */
let happened = 0;

/** The versions of tags as far as this process knows them, and the order of what happened to them. */
export class KnownMarkers {
  readonly #known: RecentMap<Known>;
  /** When a marker was forgotten, in the count of `at`: a read under way must not bring the old version back. */
  readonly #forgotten = new RecentMap<number>(MOST_KNOWN);
  #forgottenAll = 0;
  readonly #local: boolean;
  readonly #clock: Clock;
  readonly #followed: () => boolean;

  /**
   * @param local - the backend, where it belongs to this process: what is known then is all there is
   * @param followed - whether news of markers reach this process now
   */
  constructor(local: Backend | undefined, prefix: string, clock: Clock, followed: () => boolean) {
    this.#known = local ? knownOf(local, prefix) : new RecentMap(MOST_KNOWN);
    this.#local = local !== undefined;
    this.#clock = clock;
    this.#followed = followed;
  }

  /** The count of what has happened so far. */
  get now(): number {
    return happened;
  }

  /** The version of a tag, if this process can be sure of it. */
  sure(tag: string): string | undefined {
    const known = this.#known.get(tag);
    return known && this.#isSure(known) ? known.version : undefined;
  }

  /** The last version that this process knew. */
  last(tag: string): TagVersion | undefined {
    return this.#known.get(tag);
  }

  /** Whether a marker was forgotten since: another process changed it. */
  isForgottenSince(tag: string, began: number): boolean {
    return this.#forgottenAll > began || (this.#forgotten.get(tag) ?? 0) > began;
  }

  /** Whether a marker was invalidated since, or may have been: that it was read again says nothing. */
  isRenewedSince(tag: string, began: number): boolean {
    return this.isForgottenSince(tag, began) || (this.#known.get(tag)?.renewedAt ?? 0) > began;
  }

  /** Whether anything happened to a marker since. */
  isChangedSince(tag: string, began: number): boolean {
    return this.isForgottenSince(tag, began) || (this.#known.get(tag)?.at ?? 0) > began;
  }

  /** Remembers what was read, unless something happened to the marker since the read began. The version that counts. */
  learn(tag: string, version: TagVersion, began: number): TagVersion {
    const known = this.#known.get(tag);
    if (known && known.at > began) return known;
    if (!this.isForgottenSince(tag, began)) this.#remember(tag, version, began, true);
    return version;
  }

  /** Goes by a version that the back tier has not confirmed. */
  assume(tag: string, version: TagVersion): void {
    this.#remember(tag, version, ++happened, false);
  }

  /** Something is about to happen to markers: what was read before it is out of date. */
  begin(): number {
    return ++happened;
  }

  /** After an own invalidation: the new version counts, unless another one came in between and only the back tier knows the last. */
  settle(tag: string, version: TagVersion, began: number, acknowledged: boolean): void {
    if (this.isChangedSince(tag, began)) this.forget(tag);
    else this.#remember(tag, version, ++happened, acknowledged, happened);
  }

  /** Another process changed the marker. */
  forget(tag: string): void {
    this.#known.delete(tag);
    this.#forgotten.set(tag, ++happened);
  }

  /** Others may have changed any of them. */
  forgetAll(): void {
    this.#forgottenAll = ++happened;
    this.#known.clear();
  }

  #isSure(known: Known): boolean {
    if (this.#local || (known.acknowledged && this.#followed())) return true;
    return this.#clock.now() < known.believedUntil;
  }

  #remember(
    tag: string,
    { version, softenings }: TagVersion,
    at: number,
    acknowledged: boolean,
    renewedAt = this.#renewedAt(tag, version, at),
  ): void {
    const believedUntil = this.#clock.now() + (acknowledged ? BELIEVED_UNFOLLOWED : UNANSWERED);
    this.#known.set(tag, { version, softenings, at, renewedAt, acknowledged, believedUntil });
  }

  #renewedAt(tag: string, version: string, at: number): number {
    const before = this.#known.get(tag);
    if (!before) return 0;
    return before.version === version ? before.renewedAt : at;
  }
}

const knownOfBackend = new WeakMap<Backend, Map<string, RecentMap<Known>>>();

/** What all caches over one backend of this process know, so that they agree. */
function knownOf(backend: Backend, prefix: string): RecentMap<Known> {
  const byPrefix = knownOfBackend.get(backend) ?? new Map<string, RecentMap<Known>>();
  knownOfBackend.set(backend, byPrefix);
  const known = byPrefix.get(prefix) ?? new RecentMap<Known>(MOST_KNOWN);
  byPrefix.set(prefix, known);
  return known;
}
