/**
 * What every read must at least see. Versions of a key count up from 0; a read on a node that starts now may see any
 * version from its floor on.
 *
 * 1. What a node invalidated binds its own reads as soon as the invalidation has returned, acknowledged or owed.
 * 2. It binds the reads of another node as soon as it reaches that one: the writer owes the shared tier nothing, and
 *    no message is under way, or kept from the one or the other.
 * 3. When everything has healed and come to rest, it binds everybody: every read sees the truth.
 */
export class Floors {
  readonly #floors: Map<string, number>[];
  readonly #invalidated: Map<string, number>[];
  readonly #reaches: (from: number, to: number) => boolean;

  /** @param reaches - whether what one node has invalidated has reached another one by now */
  constructor(nodes: number, reaches: (from: number, to: number) => boolean) {
    this.#floors = Array.from({ length: nodes }, () => new Map());
    this.#invalidated = Array.from({ length: nodes }, () => new Map());
    this.#reaches = reaches;
  }

  /** An invalidation of `key` has returned on `node`, before which the truth had become `version`. */
  returned(node: number, key: string, version: number): void {
    rise(this.#invalidated[node], key, version);
    rise(this.#floors[node], key, version);
    this.spread();
  }

  /** The least version that a read of `key` that starts on `node` now may see. */
  least(node: number, key: string): number {
    this.spread();
    return this.#floors[node]?.get(key) ?? 0;
  }

  /** To be called before what kept a message, or a debt, can come about. */
  spread(): void {
    for (const [from, invalidated] of this.#invalidated.entries()) {
      for (const [to, floors] of this.#floors.entries()) {
        if (!this.#reaches(from, to)) continue;
        for (const [key, version] of invalidated) rise(floors, key, version);
      }
    }
  }
}

function rise(floors: Map<string, number> | undefined, key: string, version: number): void {
  floors?.set(key, Math.max(floors.get(key) ?? 0, version));
}
