import type { Rules } from '../freshness/rules.js';
import type { BreakerState } from '../wrappers/breaker.js';

/**
 * What a call would do.
 *
 * - `hit`: it gets a fresh value
 * - `stale`: it gets a stale value at once
 * - `join`: it waits for the load that is running
 * - `load`: it loads
 * - `rethrow`: it gets an error that `cacheErrors` remembers
 */
export type Verdict = 'hit' | 'stale' | 'join' | 'load' | 'rethrow';

/** What a call would meet now. As a text (`String(explanation)`) it is a short report; values are never shown. */
export interface Explanation {
  /** The key, as its user names it. */
  readonly key: string;
  /** The key that backends know. */
  readonly storedKey: string;
  readonly verdict: Verdict;
  /** The tier whose value the call would get; `undefined` unless it is a `hit` or `stale`. */
  readonly tier: string | undefined;
  /** Whether the call would also start a load in the background. */
  readonly reloads: boolean;
  /** The tier whose stale value the call would get if its load fails, or is slow. */
  readonly fallback: string | undefined;
  /** Front first. */
  readonly tiers: readonly TierExplanation[];
  /** The load that a call may join. */
  readonly flight: FlightExplanation | undefined;
  /** Whether the source is spared, since a load has failed or another process is loading. */
  readonly backoff: BackoffExplanation | undefined;
  readonly rules: ExplainedRules;
  /** The report, line by line. */
  readonly lines: readonly string[];
  /** The report. */
  toString(): string;
}

/** What one tier has under a key. Lengths are in ms, and `undefined` where nothing is there. */
export interface TierExplanation {
  readonly name: string;
  /** `invalid`: what is there is not used, since it was invalidated. `unavailable`: the tier did not answer. */
  readonly state: 'fresh' | 'stale' | 'invalid' | 'absent' | 'unavailable';
  /** How long ago the value was stored. */
  readonly age: number | undefined;
  /** How long it is fresh yet; below 0, how long it has been stale. `Infinity` for ever. */
  readonly freshFor: number | undefined;
  /** How long this tier keeps it yet, at most. `Infinity` for ever. */
  readonly goneIn: number | undefined;
  /** Why the state is what it is, in words. */
  readonly reason: string;
  readonly tags: readonly TagExplanation[];
  /** Whether the tier has not acknowledged an invalidation of the key yet: what it holds is old. */
  readonly owed: boolean;
  /** Whether the tier is asked at all; `undefined` for a tier of this process. */
  readonly breaker: BreakerState | undefined;
  /** Why the tier did not answer. */
  readonly error: ExplainedError | undefined;
}

/** A tag of an entry. */
export interface TagExplanation {
  /** Tags that the cache itself sets are in words: `the whole function`, `namespace 'users'`, `the whole cache`. */
  readonly tag: string;
  /** Whether the tag has not been invalidated since the value was loaded, or softly only, as far as this process can know. */
  readonly valid: boolean;
  /** When the tag was first invalidated softly since the value was loaded: since then it is stale. Epoch ms. */
  readonly staleSince: number | undefined;
  /** Whether the cache itself set it. */
  readonly implicit: boolean;
}

/** A running load. */
export interface FlightExplanation {
  /** Epoch ms. */
  readonly startedAt: number;
  /** In ms. */
  readonly runningFor: number;
  /** How many callers wait for it. */
  readonly waiting: number;
  /** Whether it goes on although nobody waits. */
  readonly background: boolean;
}

/** A source that is spared. */
export interface BackoffExplanation {
  /**
   * `pause`: a load failed, and stale values are served without asking it. `rethrow`: its error is an answer, which
   * callers get again. `elsewhere`: another process is loading, and what may be served at once is not reloaded here.
   */
  readonly kind: 'pause' | 'rethrow' | 'elsewhere';
  /** Epoch ms. */
  readonly until: number;
  readonly error: ExplainedError | undefined;
}

/** The options that a call goes by, lengths in ms. */
export interface ExplainedRules extends Rules {
  /** `undefined` if it depends on the value, or none is given. */
  readonly ttl: number | undefined;
}

/** What may be shown of an error. */
export interface ExplainedError {
  /** The name of its class. */
  readonly name: string;
  readonly message: string;
}
