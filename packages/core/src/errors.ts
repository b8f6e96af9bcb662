/** What an error is about, beside its message. */
export interface CacheErrorDetails {
  /** The key, as its user named it. */
  readonly key?: string;
  /** The name of the tier. */
  readonly tier?: string;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('keepsake.error');

/**
 * The root of all errors that the cache itself makes. The errors of a loader reach its callers unchanged instead.
 *
 * Recognise one by its `code`, or with `CacheError.is`, which also knows the errors of another copy of the package.
 */
export class CacheError extends Error {
  /** `CACHE_KEY`, `CACHE_CONFIG`, … one per class. */
  readonly code: string = 'CACHE';
  declare readonly key?: string;
  declare readonly tier?: string;

  constructor(message: string, details: CacheErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    Object.defineProperty(this, BRAND, { value: true });
    if (details.key !== undefined) this.key = details.key;
    if (details.tier !== undefined) this.tier = details.tier;
  }

  /** Whether `error` was made by the cache, by this copy of the package or another one. */
  static is(error: unknown): error is CacheError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}

/** The arguments of a call, a key or a pattern cannot be used as a key. Thrown before the loader runs. */
export class CacheKeyError extends CacheError {
  override readonly code = 'CACHE_KEY';
}

/** An option is wrong. Says which, what was given and what is allowed. Thrown at construction or definition. */
export class CacheConfigError extends CacheError {
  override readonly code = 'CACHE_CONFIG';
}

/** A tier could not be reached. */
export class CacheConnectionError extends CacheError {
  override readonly code = 'CACHE_CONNECTION';
}

/** A tier did not answer in time, or a load took longer than its `hardTimeout`. */
export class CacheTimeoutError extends CacheError {
  override readonly code = 'CACHE_TIMEOUT';
}

/** A value cannot be carried by a byte tier without loss, or stored bytes cannot be read back. */
export class CacheSerializationError extends CacheError {
  override readonly code = 'CACHE_SERIALIZATION';
}

/** Whether a tier refused a value it cannot carry: nothing has changed then, unlike after any other failure. */
export function isRefusal(error: unknown): boolean {
  return CacheError.is(error) && error.code === 'CACHE_SERIALIZATION';
}

/** A tier did not acknowledge an invalidation that was asked for with `strict`. It is owed, and replayed. */
export class CacheInvalidationError extends CacheError {
  override readonly code = 'CACHE_INVALIDATION';
}

/** A full tier refuses a new entry (`onFull: 'reject'`). */
export class CacheFullError extends CacheError {
  override readonly code = 'CACHE_FULL';
}

/** An entry that was asked for by a name that must exist is gone. */
export class CacheExpiredError extends CacheError {
  override readonly code = 'CACHE_EXPIRED';
}

/** The cache was closed. */
export class CacheClosedError extends CacheError {
  override readonly code = 'CACHE_CLOSED';
}
