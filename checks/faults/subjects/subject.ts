/** What a cache is asked for here: the part that all of them have, and what only some have as options. */
export interface Subject {
  getOrSet(key: string, loader: () => Promise<string>, options?: Life): Promise<unknown>;
  set?(key: string, value: string, options?: Life): Promise<unknown>;
  /** What the cache answers: some say whether there was something, some nothing. */
  delete?(key: string): Promise<unknown>;
  invalidateTag?(tag: string): Promise<unknown>;
  clear?(): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** How long a value lives, and what it is labelled with. */
interface Life {
  /** In ms. @default one hour */
  readonly ttl?: number;
  readonly tags?: readonly string[];
}

/** Where the servers are. */
export interface Place {
  readonly url: string;
  /** The nodes of a cluster, where that is what the caches are given. */
  readonly cluster?: readonly string[];
  /** Open the cache as for tags, where it wants to be told at the start. */
  readonly tagged?: boolean;
}

export type OpenSubject = (place: Place) => Subject;

export const HOUR = 3_600_000;

/** The cache has nothing like what was asked for. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}
