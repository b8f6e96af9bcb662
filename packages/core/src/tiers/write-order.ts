import { type Awaitable, isPending } from '../contract/awaitable.js';

/** Runs the writes of each key one after the other, in the order they were asked for; at once where nothing is before them. */
export class WriteOrder {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `write` when all earlier writes of `keys` have settled. */
  run<T>(keys: readonly string[], write: () => Awaitable<T>): Awaitable<T> {
    const before = this.#pending(keys);
    const result = before.length > 0 ? Promise.all(before).then(write) : write();
    if (isPending(result)) this.#follow(keys, result);
    return result;
  }

  /** Whether a write of one of `keys` is under way. */
  isBusy(keys: readonly string[]): boolean {
    return this.#pending(keys).length > 0;
  }

  /** When every write that is under way for a key that `matches` has settled. */
  settled(matches: (key: string) => boolean): Awaitable<void> {
    const before = this.#pending([...this.#last.keys()].filter(matches));
    return before.length > 0 ? Promise.all(before).then(() => undefined) : undefined;
  }

  #pending(keys: readonly string[]): Promise<unknown>[] {
    if (this.#last.size === 0) return [];
    const pending: Promise<unknown>[] = [];
    for (const key of keys) {
      const last = this.#last.get(key);
      if (last) pending.push(last);
    }
    return pending;
  }

  #follow(keys: readonly string[], result: Promise<unknown>): void {
    const done = (): void => {
      for (const key of keys) if (this.#last.get(key) === settled) this.#last.delete(key);
    };
    const settled: Promise<void> = result.then(done, done);
    for (const key of keys) this.#last.set(key, settled);
  }
}
