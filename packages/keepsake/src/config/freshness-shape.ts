import { z } from 'zod';
import { duration, finiteDuration, object, oneOf } from './leaves.js';

const betaError = 'a number above 0';
const earlyError = "a fraction of the ttl between 0 and 1, 'probabilistic', or { beta } above 0";
const earlyRefresh = () =>
  z.union(
    [
      z.number({ error: earlyError }).gt(0, { error: earlyError }).lt(1, { error: earlyError }),
      oneOf('probabilistic'),
      object({
        beta: z
          .number({ error: betaError })
          .positive({ error: betaError })
          .meta({ description: 'Above 1 reloads earlier, below 1 later. `probabilistic` is a beta of 1.' }),
      }),
    ],
    { error: earlyError },
  );

const jitterError = 'a fraction from 0 to less than 1';
const jitter = () =>
  z.number({ error: jitterError }).min(0, { error: jitterError }).lt(1, { error: jitterError });

/** What a cache does around the end of an entry's life, where a function says nothing: `FreshnessOptions` of core. */
export const freshnessShape = {
  staleWhileRevalidate: duration()
    .meta({
      description:
        'How long after its ttl a value may be served at once while it is reloaded in the background. Default: not at all.',
    })
    .optional(),
  staleIfError: duration()
    .meta({
      description:
        'How long after its ttl a value may be served when its load fails or, with `softTimeout`, is slow. Default: not at all.',
    })
    .optional(),
  retryAfter: finiteDuration()
    .meta({
      description:
        'After a failed reload, how long the stale value is served without asking the source again.',
      default: '1s',
    })
    .optional(),
  softTimeout: duration()
    .meta({
      description:
        'After how long a load is slow: where `staleIfError` allows it, the stale value is served then. Default: never.',
    })
    .optional(),
  hardTimeout: duration()
    .meta({
      description:
        'How long a caller waits at most, for a stale value or a `CacheTimeoutError`. Default: as long as it takes.',
    })
    .optional(),
  earlyRefresh: earlyRefresh()
    .meta({
      description:
        'When a hit also reloads in the background: from a fraction of the ttl on, or at random (XFetch). Default: never.',
    })
    .optional(),
  jitter: jitter()
    .meta({ description: 'The fraction by which a ttl is shortened at most, at random.', default: 0.05 })
    .optional(),
};
