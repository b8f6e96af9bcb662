import type { LoaderContext } from '@keepsake/core';
import type { Gate } from '../cache/fleet.js';

/** A loader that waits for `source`, and the signals that its loads were given. */
export function listening<V>(source: Gate<V>) {
  const signals: AbortSignal[] = [];
  const load = jest.fn(({ signal }: LoaderContext<V>) => {
    signals.push(signal);
    return source.promise;
  });
  return { signals, load };
}
