/** What the parent tells a process that holds a cache to do. Lengths in ms. */
export type Order =
  /** `getOrSet` of one key by `callers` at once, with a loader that `takes` so long and gives `value`. */
  | ({ readonly do: 'load'; readonly key: string; readonly callers?: number } & Loading)
  /** `getOrSet` of `count` keys at once: `key:0`, `key:1`, … */
  | ({ readonly do: 'spread'; readonly key: string; readonly count: number } & Loading)
  | { readonly do: 'set'; readonly key: string; readonly value: string; readonly tags?: readonly string[] }
  | { readonly do: 'delete'; readonly key: string }
  | { readonly do: 'invalidateTag'; readonly tag: string }
  | { readonly do: 'clear' }
  | { readonly do: 'close' }
  /** `getOrSet` with a loader that gives `value`, again and again until that is what is served. */
  | { readonly do: 'watch'; readonly key: string; readonly value: string }
  /** `count` values of `bytes` each are set without waiting for any. */
  | { readonly do: 'pour'; readonly count: number; readonly bytes: number }
  /** 20 calls at once, again and again without a pause, for `lasting`. */
  | { readonly do: 'hammer'; readonly lasting: number }
  /** Sets the clock on the wall of this process, as somebody at the machine would. */
  | { readonly do: 'shiftClock'; readonly by: number }
  /** Forgets its parent, so that nothing but the cache can keep the process alive. */
  | { readonly do: 'leave' };

interface Loading {
  readonly value: string;
  readonly takes?: number;
  readonly ttl?: number;
  readonly tags?: readonly string[];
}

/** An order with its number, and how long each of its calls is waited for. */
export interface Numbered {
  readonly id: number;
  readonly order: Order;
  readonly within: number;
}

/** What became of an order. */
export interface Answer {
  readonly id: number;
  /** How long the slowest of its calls took, as the process itself saw it. */
  readonly ms: number;
  /** When it was over: epoch ms by the machine's clock, whatever clock the process was given. */
  readonly at: number;
  /** What the calls gave, in order; nothing for those that failed or hung. */
  readonly values: readonly unknown[];
  /** How many loaders it ran. */
  readonly loads: number;
  /** How many calls were pending when they were given up. */
  readonly hung: number;
  /** What the calls rejected with. */
  readonly errors: readonly string[];
  /** The cache has no such operation. */
  readonly missing?: true;
  /** Memory held after the order beyond what was held before it, in MB; after a garbage collection. */
  readonly grownBy?: number;
}
