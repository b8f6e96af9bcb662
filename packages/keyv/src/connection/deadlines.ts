import type { Clock, Timer } from '@keepsake/core';

interface Pending {
  readonly dueAt: number;
  readonly late: () => Error;
  readonly reject: (error: Error) => void;
}

/**
 * One deadline for many operations, on one timer. All wait equally long, so they fall due in the order they came.
 *
 * The timer runs only while something is pending, and with `holds` keeps the process alive for so long: an idle
 * connection does not.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #holds: 'holds' | undefined;
  readonly #pending = new Set<Pending>();
  #timer: Timer | undefined;
  #drained: (() => void) | undefined;

  /** @param timeout - ms that each operation may take */
  constructor(clock: Clock, timeout: number, holds?: 'holds') {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#holds = holds;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Settles as `work` does, or rejects with what `late` makes if that takes too long. */
  within<T>(work: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = { dueAt: this.#clock.now() + this.#timeout, late, reject };
      this.#add(pending);
      work.then(
        (value) => {
          this.#remove(pending);
          resolve(value);
        },
        (error: unknown) => {
          this.#remove(pending);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Settles when nothing is pending, or after `atMost` ms. */
  drained(atMost: number): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.after(atMost, resolve, 'holds');
      this.#drained = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Rejects all that is pending. */
  abandon(reason: () => Error): void {
    for (const pending of this.#pending) {
      this.#remove(pending);
      pending.reject(reason());
    }
  }

  #add(pending: Pending): void {
    this.#pending.add(pending);
    if (this.#pending.size === 1) this.#arm(this.#timeout);
  }

  #remove(pending: Pending): void {
    if (!this.#pending.delete(pending) || this.#pending.size > 0) return;
    this.#timer?.cancel();
    this.#drained?.();
  }

  #arm(delay: number): void {
    this.#timer = this.#clock.after(delay, () => this.#expire(), this.#holds);
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const pending of this.#pending) {
      if (pending.dueAt > now) {
        this.#arm(pending.dueAt - now);
        return;
      }
      this.#remove(pending);
      pending.reject(pending.late());
    }
  }
}
