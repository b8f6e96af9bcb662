import type { Travel } from '@keepsake/testing';

/**
 * The way between a node and the server. A request arrives when the scheduler says so, on one
 * connection in order, and its answer when the scheduler says so again. While the server is frozen, what arrives waits.
 */
export class Wire {
  readonly travel: Travel;
  readonly #pause: (label: string) => Promise<void>;
  readonly #inOrder: boolean;
  readonly #thawed: () => Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    pause: (label: string) => Promise<void>,
    inOrder: boolean,
    thawed: () => Promise<void> | undefined,
  ) {
    this.#pause = pause;
    this.#inOrder = inOrder;
    this.#thawed = thawed;
    this.travel = (operation, key = '', work) => this.#ask(`${operation} ${key}`, work);
  }

  async #ask<T>(label: string, work: () => T): Promise<T> {
    const before = this.#last;
    const answer = this.#arrived(before, label, work);
    if (this.#inOrder) this.#last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      await this.#pause(`← ${label}`);
    }
  }

  async #arrived<T>(before: Promise<unknown>, label: string, work: () => T): Promise<T> {
    await this.#pause(`→ ${label}`);
    await before;
    for (let thaw = this.#thawed(); thaw; thaw = this.#thawed()) await thaw;
    return work();
  }
}
