import type { CallPolicy, SetPolicy } from './call-policy.js';
import type { Mood } from './source.js';

export const KEYS = ['a', 'b', 'c'] as const;
export type Key = (typeof KEYS)[number];

/** The tags of each key, of whoever loads or sets it. */
export const TAGS: Readonly<Record<Key, readonly string[]>> = { a: ['x'], b: ['x', 'y'], c: [] };

export const PATTERNS = ['a:*', '[bc]:*', '*'] as const;

interface At {
  readonly node: number;
  readonly key: Key;
}

/** What a program does next; all lengths in ms. */
export type Step =
  | ({ readonly do: 'call' | 'refresh'; readonly policy: CallPolicy } & At)
  /** One call in each node, this one first. */
  | ({ readonly do: 'everybody'; readonly policy: CallPolicy } & At)
  | ({ readonly do: 'get' | 'delete' | 'deleteMany' | 'markStale' | 'evict' } & At)
  | ({ readonly do: 'set'; readonly policy: SetPolicy } & At)
  | ({ readonly do: 'touch'; readonly ttl: number } & At)
  | { readonly do: 'tag'; readonly node: number; readonly tag: 'x' | 'y' }
  /** `lose`: the shared tier evicts the marker of a tag. */
  | { readonly do: 'lose'; readonly tag: 'x' | 'y' }
  | { readonly do: 'clear' | 'forget'; readonly node: number }
  | { readonly do: 'pattern'; readonly node: number; readonly pattern: (typeof PATTERNS)[number] }
  /** From now on the source of the key is like this. */
  | { readonly do: 'source'; readonly key: Key; readonly mood: Mood }
  | { readonly do: 'advance'; readonly by: number }
  /** Goes to the instant `past` the end of the life of what was given last for the key, or of its ttl. */
  | { readonly do: 'expire'; readonly key: Key; readonly end: 'staleAt' | 'expiresAt'; readonly past: number }
  /** How the shared tier is for the node from now on. */
  | { readonly do: 'tier'; readonly node: number; readonly fault: Fault };

export type Fault = 'none' | 'down' | 'mute' | 'hanging' | 'slow';
