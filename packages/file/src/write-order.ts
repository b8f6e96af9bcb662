import { type Awaitable, isPending } from '@keepsake/core';

/**
 * Orders the writes of one process: those of one name run one after the other, in the order they were asked for, and
 * a task that concerns all names runs alone.
 */
export class WriteOrder {
  readonly #tails = new Map<string, Promise<unknown>>();
  #alone: Promise<unknown> | undefined;

  /** Whether a write of `name` has not ended yet. */
  busy(name: string): boolean {
    return this.#alone !== undefined || this.#tails.has(name);
  }

  /** Runs `task` after all earlier writes of `name`: in this tick if there is none. */
  run<T>(name: string, task: () => Awaitable<T>): Awaitable<T> {
    const before = this.#tails.get(name) ?? this.#alone;
    const result = before === undefined ? task() : before.then(task);
    if (isPending(result)) this.#follow(name, result);
    return result;
  }

  /** Runs `task` after all writes that were asked for before it, and before all that are asked for later. */
  async runAlone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.idle().then(task);
    const settled = quiet(result);
    this.#alone = settled;
    this.#tails.clear();
    try {
      return await result;
    } finally {
      if (this.#alone === settled) this.#alone = undefined;
    }
  }

  /** Settles when every write that was asked for until now has ended. Never rejects. */
  async idle(): Promise<void> {
    await Promise.all([this.#alone, ...this.#tails.values()]);
  }

  #follow(name: string, result: Promise<unknown>): void {
    const settled = quiet(result).then(() => {
      if (this.#tails.get(name) === settled) this.#tails.delete(name);
    });
    this.#tails.set(name, settled);
  }
}

/** Settles when `task` does: whoever asked for the task hears of its failure, whoever waits behind it does not. */
function quiet(task: Promise<unknown>): Promise<void> {
  return task.then(
    () => undefined,
    () => undefined,
  );
}
