import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import type { unavailable } from './tier.js';

/** What a tier says of many keys: one answer per key, in order, or that it could not be asked. */
export type Answers = readonly (Entry | undefined)[] | typeof unavailable;

interface Read {
  readonly keys: readonly string[];
  readonly answer: (answers: Awaitable<Answers>) => void;
}

/** Reads of one tier that go to it together. */
export class GatheredReads {
  readonly #reads: Read[] = [];

  /** The answers to `keys`, once `send` has asked for them. */
  add(keys: readonly string[]): Promise<Answers> {
    return new Promise((resolve) => {
      this.#reads.push({ keys, answer: resolve });
    });
  }

  /** Asks `getMany` for the keys of all reads, each key once. */
  send(getMany: (keys: readonly string[]) => Awaitable<Answers>): void {
    if (this.#reads.length === 0) return;
    const keys = [...new Set(this.#reads.flatMap((read) => read.keys))];
    const answers = getMany(keys);
    const byKey = chain(answers, (found) =>
      typeof found === 'symbol' ? found : new Map(keys.map((key, i) => [key, found[i]])),
    );
    for (const read of this.#reads) {
      const own = chain(byKey, (found) =>
        typeof found === 'symbol' ? found : read.keys.map((key) => found.get(key)),
      );
      read.answer(own);
    }
  }
}
