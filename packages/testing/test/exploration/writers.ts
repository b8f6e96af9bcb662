import type { Floors } from './floors.js';

/** Whoever changes the truth, and tells the cache. */
export class Writers {
  readonly #truth = new Map<string, number>();
  readonly #floors: Floors;
  #sets: Promise<unknown> = Promise.resolve();
  #changes: Promise<unknown> = Promise.resolve();

  constructor(floors: Floors) {
    this.#floors = floors;
  }

  /** The newest version of `key`. */
  truth(key: string): number {
    return this.#truth.get(key) ?? 0;
  }

  /** Changes the truth, then invalidates. */
  async change(node: number, keys: readonly string[], invalidate: () => Promise<unknown>): Promise<void> {
    await this.#sets;
    const change = this.#changed(node, keys, invalidate);
    this.#changes = Promise.all([this.#changes, change]);
    await change;
  }

  /** Changes the truth, then sets the new value. */
  async set(node: number, key: string, set: (value: number) => Promise<unknown>): Promise<void> {
    await this.#alone(() => this.#changed(node, [key], () => set(this.truth(key))));
  }

  /** Sets the truth as it is, which may be refused: nothing that anybody was promised changes. */
  async put(key: string, set: (value: number) => Promise<unknown>): Promise<void> {
    await this.#alone(() => set(this.truth(key)));
  }

  /** Sets exclude other writers, as a transaction of the source would: the cache cannot know whose value is newer. */
  async #alone(write: () => Promise<unknown>): Promise<void> {
    const set = Promise.all([this.#sets, this.#changes]).then(write);
    this.#sets = set;
    await set;
  }

  async #changed(node: number, keys: readonly string[], invalidate: () => Promise<unknown>): Promise<void> {
    const versions = keys.map((key) => {
      const version = this.truth(key) + 1;
      this.#truth.set(key, version);
      return version;
    });
    await invalidate();
    for (const [i, key] of keys.entries()) this.#floors.returned(node, key, versions[i] as number);
  }
}
