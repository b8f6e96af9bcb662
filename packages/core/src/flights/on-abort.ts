/** Those who wait for one signal, and its one listener. */
class Listeners {
  readonly #signal: AbortSignal;
  readonly #tasks = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#aborted);
  }

  add(task: () => void): void {
    this.#tasks.add(task);
  }

  remove(task: () => void): void {
    this.#tasks.delete(task);
    if (this.#tasks.size > 0) return;
    this.#signal.removeEventListener('abort', this.#aborted);
    bySignal.delete(this.#signal);
  }

  readonly #aborted = (): void => {
    for (const task of [...this.#tasks]) task();
  };
}

const bySignal = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `task` when `signal` is aborted; the function that ends that. One listener per signal, however many wait for it:
 * the signal of one request goes to many calls, and platforms take many listeners for a leak.
 */
export function onAbort(signal: AbortSignal, task: () => void): () => void {
  const listeners = bySignal.get(signal) ?? new Listeners(signal);
  bySignal.set(signal, listeners);
  listeners.add(task);
  return () => listeners.remove(task);
}
