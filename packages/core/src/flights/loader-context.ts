import { CacheConfigError } from '../errors.js';
import type { Ttl } from '../policy/profiles.js';

/** The value that a load is to replace. */
export interface StaleValue<V> {
  readonly value: V;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; in the future if the value is reloaded early. */
  readonly staleAt: number;
}

/**
 * What a loader may know of its load, and say about the value before it is stored. `getOrSet` and `cachedBatch` hand it
 * to the loader; a wrapped function gets it from `loaderContext()`.
 */
export interface LoaderContext<V> {
  /** Aborted when nobody waits for the value any more, and no refresh wants it. Made when it is first read. */
  readonly signal: AbortSignal;
  /** The value that is there, if one is, stale or about to be. */
  readonly stale: StaleValue<V> | undefined;
  /** How long this value is fresh, in place of the policy's `ttl`. @throws CacheConfigError if it is no ttl */
  setTtl(ttl: Ttl): void;
  /**
   * More tags for this value. Where the back tier is shared, a value is stored under such a tag only if the tag's marker
   * is older than the load: the first load under a new tag is not stored. Tags that follow from the arguments belong in
   * the policy.
   */
  tag(...tags: readonly string[]): void;
  /** The value goes to the callers and is not stored. */
  skip(): void;
  /**
   * The stale value, to be returned by a loader whose source says that it is still right (ETag, Last-Modified): it is
   * stored anew, with a new ttl.
   *
   * @throws CacheConfigError if there is none
   */
  notModified(): V;
}

// On globalThis, so that two copies of this package (ESM and CommonJS) hand over the same one.
const CURRENT = Symbol.for('keepsake.loaderContext');
const shared = globalThis as { [CURRENT]?: LoaderContext<unknown> | undefined };

/**
 * The context of the load that is calling this function. Read it before the first `await`: it is a variable that holds
 * while the loader has not returned, which costs nothing, unlike a storage that follows every promise of the process.
 *
 * @throws CacheConfigError after an `await`, or where no load is calling
 * @example
 * ```ts
 * import { cached, loaderContext } from 'keepsake';
 * const page = cached(
 *   async function fetchPage(url: string) {
 *     const { signal, stale, notModified } = loaderContext<{ etag: string; text: string }>();
 *     const headers = stale ? { 'if-none-match': stale.value.etag } : {};
 *     const response = await fetch(url, { signal, headers });
 *     if (response.status === 304) return notModified();
 *     return { etag: response.headers.get('etag') ?? '', text: await response.text() };
 *   },
 *   { ttl: '1m', staleIfError: '1d' },
 * );
 * ```
 */
export function loaderContext<V = unknown>(): LoaderContext<V> {
  const current = shared[CURRENT];
  if (current) return current as LoaderContext<V>;
  throw new CacheConfigError(
    'loaderContext: no load is calling here. Allowed: inside a cached function, before its first `await`, ' +
      'when the cache calls it.',
  );
}

/** Does `work`, which finds `context` by `loaderContext` until it returns. */
export function withLoaderContext<V, T>(context: LoaderContext<V>, work: () => T): T {
  const before = shared[CURRENT];
  shared[CURRENT] = context;
  try {
    return work();
  } finally {
    shared[CURRENT] = before;
  }
}
