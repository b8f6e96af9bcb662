/**
 * What was read under a fence may be written only while the fence stands. It falls at every delete, set and foreign
 * invalidation of its key.
 */
export interface Fence {
  readonly raised: boolean;
  /** It fell only because messages were missed: whether something happened to the key, the shared tier knows. */
  readonly doubted: boolean;
}

interface OpenFence {
  raised: boolean;
  doubted: boolean;
  holders: number;
  readonly key: string;
  readonly tags: Set<string>;
  readonly listeners: Set<() => unknown>;
}

/**
 * The epoch of every key, in this process. Only keys that somebody reads or loads right now have a fence, and a bounded
 * number of those whose load has failed, so memory is bounded.
 *
 * An epoch is the identity of a fence rather than a number: raising it marks the fence and forgets it, and the next
 * reader opens a new one.
 */
export class Epochs {
  readonly #open = new Map<string, OpenFence>();
  /** Fences that have fallen, and that somebody goes by all the same. */
  readonly #fallen = new Set<OpenFence>();

  /** The fence of the present epoch of `key`; `tags` are the tags that an entry loaded under it will carry. Close it again. */
  open(key: string, tags: Iterable<string> = []): Fence {
    let fence = this.#open.get(key);
    if (!fence) {
      fence = { raised: false, doubted: false, holders: 0, key, tags: new Set(), listeners: new Set() };
      this.#open.set(key, fence);
    }
    fence.holders++;
    this.tag(fence, tags);
    return fence;
  }

  /** One holder more: the fence stands, or falls, until that one has closed it too. */
  hold(fence: Fence): void {
    (fence as OpenFence).holders++;
  }

  /** An entry that is loaded under `fence` will carry `tags` too. */
  tag(fence: Fence, tags: Iterable<string>): void {
    for (const tag of tags) (fence as OpenFence).tags.add(tag);
  }

  /** Calls `listener` when `fence` falls, and whenever it would have fallen again. The function that ends that. */
  onFall(fence: Fence, listener: () => unknown): () => void {
    const open = fence as OpenFence;
    open.listeners.add(listener);
    this.#keepInView(open);
    return () => {
      open.listeners.delete(listener);
      this.#keepInView(open);
    };
  }

  close(fence: Fence): void {
    const open = fence as OpenFence;
    if (--open.holders > 0) return;
    this.#fallen.delete(open);
    if (this.#open.get(open.key) === open) this.#open.delete(open.key);
  }

  /** A new epoch for `key`. */
  raise(key: string): void {
    this.#again((fallen) => fallen.key === key);
    const fence = this.#open.get(key);
    if (fence) this.#fell(fence);
  }

  /** A new epoch for every key that `matches`. */
  raiseMatching(matches: (key: string) => boolean): void {
    this.#again((fallen) => matches(fallen.key));
    for (const fence of this.#open.values()) if (matches(fence.key)) this.#fell(fence);
  }

  /** A new epoch for every key that `matches`: nobody knows whether something happened to it. */
  doubtMatching(matches: (key: string) => boolean): void {
    for (const fence of this.#open.values()) {
      if (!matches(fence.key)) continue;
      fence.doubted = true;
      this.#fell(fence);
    }
  }

  /** A new epoch for every key that is being loaded under one of `tags`. */
  raiseTagged(tags: readonly string[]): void {
    const tagged = (fence: OpenFence): boolean => tags.some((tag) => fence.tags.has(tag));
    this.#again(tagged);
    for (const fence of this.#open.values()) if (tagged(fence)) this.#fell(fence);
  }

  /** Something happened to the keys of fences that had fallen before. */
  #again(concerned: (fence: OpenFence) => boolean): void {
    for (const fence of [...this.#fallen]) {
      if (!concerned(fence)) continue;
      fence.doubted = false;
      this.#tell(fence);
    }
  }

  #fell(fence: OpenFence): void {
    fence.raised = true;
    this.#open.delete(fence.key);
    this.#tell(fence);
  }

  #tell(fence: OpenFence): void {
    for (const listener of [...fence.listeners]) listener();
    this.#keepInView(fence);
  }

  #keepInView(fence: OpenFence): void {
    const matters = fence.raised && fence.holders > 0 && (fence.doubted || fence.listeners.size > 0);
    if (matters) this.#fallen.add(fence);
    else this.#fallen.delete(fence);
  }
}
