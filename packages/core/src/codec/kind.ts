import type { Step } from './value-path.js';

/** Takes the parts of a value apart, for a kind that has some. */
export interface Tagging {
  /** The tagged form of a part. */
  part(value: unknown, step: Step): unknown;
  /** The tagged forms of the own properties `keys` of `object`. */
  own(object: object, keys: readonly string[]): Record<string, unknown>;
}

/** Puts the parts of a value together again. */
export interface Untagging {
  /** Announces a new object, before its parts are read: they may refer to it. */
  made<T extends object>(object: T): T;
  /** The value of a tagged form. */
  part(stored: unknown): unknown;
  /** Gives `object` the properties that are stored. */
  own<T extends object>(object: T, stored: Record<string, unknown>): T;
}

/** How the objects of one kind are written, and read back. */
export interface Kind<T extends object = object> {
  /** What to store, in JSON. */
  tag(value: T, tagging: Tagging): unknown;
  /**
   * @throws CacheSerializationError, or anything else, if `stored` is not what `tag` gave
   */
  untag(stored: unknown, untagging: Untagging): T;
}

/** A kind among others. The tagger hands it nothing but objects whose brand it has checked. */
export function kind<T extends object>(of: Kind<T>): Kind {
  return of as unknown as Kind;
}
