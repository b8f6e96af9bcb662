import type { FreshnessOptions, GetOrSetOptions } from '@keepsake/core';
import fc from 'fast-check';
import { isAnswer } from './source.js';

/** What bounds the life of a value; lengths in ms. */
export interface SetPolicy {
  readonly ttl: number;
  readonly staleWhileRevalidate?: number;
  readonly staleIfError?: number;
}

/** How one call wants its value, and when it gives up; lengths in ms. */
export interface CallPolicy extends SetPolicy {
  readonly retryAfter?: number;
  readonly softTimeout?: number;
  readonly hardTimeout?: number;
  readonly earlyRefresh?: NonNullable<FreshnessOptions['earlyRefresh']>;
  /** How long an error that is an answer of the source is remembered; not at all by default. */
  readonly rememberErrors?: number;
  /** When the caller's own signal is aborted: 0 before the call; never by default. */
  readonly abortAfter?: number;
}

const life = {
  ttl: fc.constantFrom(1000, 5000, 60_000),
  staleWhileRevalidate: fc.constantFrom(1000, 10_000, 120_000),
  staleIfError: fc.constantFrom(2000, 30_000, 300_000),
};

/** Few lengths, of orders that meet: windows that end during loads, loads that outlast timeouts. */
export const callPolicies: fc.Arbitrary<CallPolicy> = fc.record(
  {
    ...life,
    retryAfter: fc.constantFrom(1000, 20_000),
    softTimeout: fc.constantFrom(50, 1000, 20_000),
    hardTimeout: fc.constantFrom(100, 2000, 30_000, 90_000),
    earlyRefresh: fc.constantFrom<0.5 | 'probabilistic'>(0.5, 'probabilistic'),
    rememberErrors: fc.constantFrom(1000, 10_000, 90_000),
    abortAfter: fc.constantFrom(0, 10, 1500, 61_000),
  },
  { requiredKeys: ['ttl'] },
);

export const setPolicies: fc.Arbitrary<SetPolicy> = fc.record(life, { requiredKeys: ['ttl'] });

/** What a function or `getOrSet` is told, to do the same. */
export function cacheOptions<V>(
  policy: CallPolicy,
): Omit<GetOrSetOptions<V>, 'signal' | 'tags' | 'ttl' | 'when'> & { readonly ttl: number } {
  const { rememberErrors = false, abortAfter, ...rest } = policy;
  return { ...rest, cacheErrors: (error) => isAnswer(error) && rememberErrors };
}

/** How long after its `staleAt` a value may be of use under some rule. */
export function longestWindow({ staleWhileRevalidate = 0, staleIfError = 0 }: SetPolicy): number {
  return Math.max(staleWhileRevalidate, staleIfError);
}
