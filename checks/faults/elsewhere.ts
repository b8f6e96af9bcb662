/** What happens inside one process needs no server to be shown: such rows are tests that `npm test` runs. */
export interface Elsewhere {
  readonly row: string;
  readonly here: string;
  readonly file: string;
  /** How its test is called. */
  readonly test: string;
}

const FLIGHTS = 'packages/core/test/cache/flights.test.ts';

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    row: '1000 callers of one key, one process',
    here: '1 load',
    file: FLIGHTS,
    test: 'serves a thousand callers of one key',
  },
  {
    row: 'the loader rejects, 50 callers',
    here: '1 load, the same error object for all, the next call loads again',
    file: FLIGHTS,
    test: 'that fails is reported to all of its callers as it is, runs once, and the next call loads again',
  },
  {
    row: 'slow load, invalidated in the same process while it runs: delete, set, tag, pattern, clear',
    here: 'the next read is fresh, and does not join the old flight',
    file: FLIGHTS,
    test: 'is not stored after %s, is not joined any more, and still answers who waited for it',
  },
  {
    row: 'hung loader, `hardTimeout` set',
    here: 'the caller is told in time',
    file: 'packages/core/test/freshness/hard-timeout.test.ts',
    test: 'rejects a caller that has waited that long, and says for which key and what comes next',
  },
  {
    row: 'hung loader, 60 s later',
    here: 'not joined any more, and what replaces it is stored',
    file: FLIGHTS,
    test: 'is not joined once it is older than 60 s, and what replaced it is stored',
  },
  {
    row: 'hung loader, and a delete',
    here: 'the key can be loaded at once',
    file: FLIGHTS,
    test: 'that is stuck is out of the way as soon as its key is deleted',
  },
  {
    row: '500 keys stored together, with jitter',
    here: 'at most 60 reloads in any 20 ms',
    file: 'packages/core/test/refresh/jitter.test.ts',
    test: 'by `%s` are loaded again one after the other, at most 60 in any 20 ms',
  },
  {
    row: 'a loader that asks for its own key before its first `await`',
    here: 'a clear error',
    file: 'packages/core/test/loading/recursion.test.ts',
    test: 'gets it from a wrapped function, and from its refresh',
  },
  {
    row: 'a loader that asks for its own key across an `await`',
    here: 'an error in the end, and a clear one at once with `detectRecursion`',
    file: 'packages/core/test/loading/recursion.test.ts',
    test: 'ends with a timeout that names the cause, after five loads of 60 s',
  },
  {
    row: 'an AbortSignal of one of several callers',
    here: 'ends the wait of that caller, the load goes on for the others',
    file: 'packages/core/test/loading/abort-signal.test.ts',
    test: 'ends the wait of that caller with its own reason, and the load goes on for the others',
  },
  {
    row: 'the AbortSignal of the last caller',
    here: 'the load is told to stop',
    file: 'packages/core/test/loading/abort-last-caller.test.ts',
    test: "aborts the loader's signal, with its reason",
  },
  {
    row: 'a refresh in the background rejects',
    here: 'one event, no unhandled rejection',
    file: 'packages/core/test/freshness/background-work.test.ts',
    test: 'that fails is told once and never unhandled, whether anybody listens or not',
  },
];
