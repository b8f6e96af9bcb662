import { CacheConfigError } from '../errors.js';
import type { LoaderContext } from '../flights/loader-context.js';
import { describe } from '../policy/known-options.js';

/** What a batch function may know of its load, and say about its items. */
export interface BatchContext<I = unknown, V = unknown> {
  /** Aborted when nobody waits for any item of this batch any more. Made when it is first read. */
  readonly signal: AbortSignal;
  /**
   * The context of one item: its stale value, its ttl, its tags.
   *
   * @param item - as it was handed to the function; an object must be the same one
   * @throws CacheConfigError if it is not of this batch
   */
  of(item: I): LoaderContext<V>;
}

/** The context of one batch, made of those of its items. */
export class ItemContexts implements BatchContext {
  readonly #ofItem: ReadonlyMap<unknown, LoaderContext<unknown>>;
  readonly #all: readonly LoaderContext<unknown>[];
  #signal: AbortSignal | undefined;

  /** @param all - of every load; an item may have two: the one that its next call started is its own */
  constructor(all: readonly (readonly [item: unknown, context: LoaderContext<unknown>])[]) {
    this.#ofItem = new Map(all);
    this.#all = all.map(([, context]) => context);
  }

  get signal(): AbortSignal {
    this.#signal ??= abortedWithAll(this.#all.map(({ signal }) => signal));
    return this.#signal;
  }

  get of(): (item: unknown) => LoaderContext<unknown> {
    return (item) => {
      const context = this.#ofItem.get(item);
      if (context) return context;
      throw new CacheConfigError(
        `context.of: ${describe(item)} is not an item of this batch. Allowed: what the function was handed, the same objects.`,
      );
    };
  }
}

function abortedWithAll(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const standing = new Set(signals);
  const fell = (signal: AbortSignal): void => {
    standing.delete(signal);
    if (standing.size === 0) controller.abort(signal.reason);
  };
  for (const signal of signals) {
    if (signal.aborted) fell(signal);
    else signal.addEventListener('abort', () => fell(signal), { once: true });
  }
  return controller.signal;
}
