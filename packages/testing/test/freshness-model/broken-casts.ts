import { createCache } from '@keepsake/core';
import {
  altered,
  calledWith,
  EndlessHolds,
  NoEpochs,
  onClock,
  storing,
  withEpochs,
  withoutLeases,
} from './broken-parts.js';
import type { CastOptions } from './cast.js';

const inMemory: CastOptions = { nodes: 1, shared: false };
const twoNodes: CastOptions = { nodes: 2, shared: true };

/** What is broken, what is said of it, and who takes part. */
export type Broken = readonly [string, RegExp, CastOptions];

const VALUES: readonly Broken[] = [
  [
    'values that are taken for fresh too long',
    /a value \d+ ms stale, its window is/,
    {
      ...inMemory,
      front: storing((entry) => ({
        ...entry,
        staleAt: entry.staleAt + 5000,
        expiresAt: entry.expiresAt + 5000,
      })),
    },
  ],
  [
    'values that outlive what they were stored with',
    /a value \d+ ms after its end/,
    { ...inMemory, front: storing((entry) => ({ ...entry, expiresAt: entry.expiresAt + 5000 })) },
  ],
  [
    'loads that outlive an invalidation',
    /invalidated before/,
    { ...inMemory, create: withEpochs(() => new NoEpochs()) },
  ],
  [
    'a bus that carries nothing',
    /invalidated before/,
    { ...twoNodes, create: (options) => createCache({ ...options, bus: false }) },
  ],
  [
    'keys that are taken for one another',
    /not of its key/,
    {
      ...inMemory,
      create: altered((cache) => ({
        getOrSet: (key, ...rest) => cache.getOrSet(key.replace(/^b/, 'a'), ...rest),
      })),
    },
  ],
  [
    'calls that load nothing',
    /got nothing/,
    {
      ...inMemory,
      create: altered((cache) => ({ getOrSet: <V>(key: string) => cache.get(key) as Promise<V> })),
    },
  ],
  [
    'a stale value where nothing has failed',
    /no load had failed or was slow/,
    {
      ...inMemory,
      create: calledWith(({ staleIfError = 1, ...rest }) => ({
        ...rest,
        staleIfError,
        staleWhileRevalidate: staleIfError,
      })),
    },
  ],
  [
    'an error where a stale value would do',
    /got an error, and a stale value was there/,
    { ...inMemory, create: calledWith(({ staleIfError, ...rest }) => rest) },
  ],
  [
    'a refresh that loads nothing',
    /what was loaded before/,
    {
      ...inMemory,
      create: altered((cache) => ({
        cached: (fn, policy) => {
          const wrapped = cache.cached(fn, policy);
          return Object.assign(wrapped, { refresh: wrapped });
        },
      })),
    },
  ],
];

const LOADS: readonly Broken[] = [
  [
    'flights that do not know of each other',
    /load \d+ \(call \d+ on 0\) began while load/,
    {
      ...inMemory,
      create: altered((cache, options) => {
        const other = createCache(options);
        let calls = 0;
        return { getOrSet: (...call) => (++calls % 2 === 0 ? other : cache).getOrSet(...call) };
      }),
    },
  ],
  ['no leases', /on (0\) began while .* on 1|1\) began while .* on 0)/, { ...twoNodes, back: withoutLeases }],
  [
    'nothing that is stored',
    /loaded . again, \d+ ms before/,
    { ...inMemory, front: storing(() => undefined) },
  ],
];

const ERRORS: readonly Broken[] = [
  [
    'errors that are remembered too long',
    /after it was to be forgotten/,
    {
      ...inMemory,
      create: calledWith(({ cacheErrors = () => false, ...rest }) => ({
        ...rest,
        cacheErrors: (error) => Number(cacheErrors(error)) * 2 || false,
      })),
    },
  ],
  [
    'errors that outlive an invalidation',
    /remembered over an invalidation/,
    { ...inMemory, create: withEpochs(() => new EndlessHolds()) },
  ],
  [
    'errors that do not arrive as they are',
    /an error of nobody/,
    {
      ...inMemory,
      create: altered((cache) => ({
        getOrSet: (...call) =>
          cache.getOrSet(...call).catch((cause) => Promise.reject(new Error('failed', { cause }))),
      })),
    },
  ],
  [
    'a timeout for who has set none',
    /timed out, without a hardTimeout/,
    { ...inMemory, create: calledWith((options) => ({ ...options, hardTimeout: 1000 })) },
  ],
  [
    'signals that end the wait of others',
    /another caller's signal/,
    {
      ...inMemory,
      create: (options) => {
        let last: AbortSignal | undefined;
        return calledWith(({ signal, ...rest }) => {
          const other = last ?? signal;
          last = signal ?? last;
          return other ? { ...rest, signal: other } : rest;
        })(options);
      },
    },
  ],
];

const WAITING: readonly Broken[] = [
  [
    'timeouts that are not kept',
    /its hardTimeout is/,
    { ...inMemory, create: calledWith(({ hardTimeout, ...rest }) => rest) },
  ],
  [
    'signals that nobody hears',
    /its signal was aborted/,
    { ...inMemory, create: calledWith(({ signal, ...rest }) => rest) },
  ],
  [
    'timers of a minute that do not ring',
    /never settled/,
    {
      ...inMemory,
      create: onClock((clock) => ({
        now: () => clock.now(),
        after: (delay, ...task) =>
          delay > 50_000 ? { cancel: () => undefined } : clock.after(delay, ...task),
      })),
    },
  ],
  [
    'timers that are not cancelled',
    /timers are left/,
    {
      ...twoNodes,
      create: onClock((clock) => ({
        now: () => clock.now(),
        after: (...timer) => {
          clock.after(...timer);
          return { cancel: () => undefined };
        },
      })),
    },
  ],
  [
    'writes that fail',
    /a write was rejected/,
    { ...inMemory, create: altered(() => ({ delete: () => Promise.reject(new Error('x')) })) },
  ],
  [
    'writes that hang',
    /a write never settled/,
    { ...inMemory, create: altered(() => ({ delete: () => new Promise(() => undefined) })) },
  ],
  [
    'calls that are counted twice',
    /2 calls made 4 hits/,
    {
      ...inMemory,
      create: altered((cache) => ({ stats: () => ({ ...cache.stats(), hits: cache.stats().hits * 2 }) })),
    },
  ],
];

export const BROKEN: readonly Broken[] = [...VALUES, ...LOADS, ...ERRORS, ...WAITING];
