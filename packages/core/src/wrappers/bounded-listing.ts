import type { Awaitable } from '../contract/awaitable.js';

type Listing = Iterable<string> | AsyncIterable<string>;

/** `listing`, each step of which is done by `bound`; what is at hand is handed over as it is. */
export function boundedListing(
  listing: Listing,
  bound: <T>(step: () => Awaitable<T>) => Awaitable<T>,
): Listing {
  return Symbol.asyncIterator in listing ? steps(listing, bound) : listing;
}

async function* steps(
  listing: AsyncIterable<string>,
  bound: <T>(step: () => Awaitable<T>) => Awaitable<T>,
): AsyncGenerator<string> {
  const iterator = listing[Symbol.asyncIterator]();
  let ended = false;
  try {
    while (true) {
      const step = await bound(() => iterator.next());
      if (step.done) break;
      yield step.value;
    }
    ended = true;
  } finally {
    // Nobody waits for that: a listing that hangs does not end by being told to.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}
