import fc from 'fast-check';
import { type CallPolicy, callPolicies, type SetPolicy, setPolicies } from './call-policy.js';
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

const node = fc.nat(1);
const key = fc.constantFrom<Key>('a', 'a', 'a', 'b', 'c');

const mood: fc.Arbitrary<Mood> = fc.record({
  takes: fc.constantFrom<Mood['takes']>(0, 0, 20, 1200, 7000, 45_000, 70_000, 'for ever'),
  outcome: fc.constantFrom<Mood['outcome']>('value', 'value', 'failure', 'answer'),
  obeys: fc.boolean(),
});

const lengths = fc.constantFrom(0, 1, 10, 100, 900, 1000, 5000, 20_000, 59_000, 61_000, 130_000);

function step<const T extends Step['do'], R>(name: T, rest: { [K in keyof R]: fc.Arbitrary<R[K]> }) {
  return fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Step>;
}

const faults = fc.constantFrom<Fault>('none', 'none', 'down', 'mute', 'hanging', 'slow');

const onlyShared = [
  { weight: 2, arbitrary: step('tier', { node, fault: faults }) },
  { weight: 1, arbitrary: step('lose', { tag: fc.constantFrom('x', 'y') }) },
];

/** Steps of a program; where no tier is shared, none of it goes wrong. */
export function programs(shared: boolean): fc.Arbitrary<Step[]> {
  const steps = fc.oneof(
    { weight: 14, arbitrary: step('call', { node, key, policy: callPolicies }) },
    { weight: 2, arbitrary: step('get', { node, key }) },
    { weight: 2, arbitrary: step('refresh', { node, key, policy: callPolicies }) },
    { weight: 6, arbitrary: step('source', { key, mood }) },
    { weight: 7, arbitrary: step('advance', { by: lengths }) },
    {
      weight: 4,
      arbitrary: step('expire', {
        key,
        end: fc.constantFrom('staleAt', 'expiresAt'),
        past: fc.constantFrom(-1, 0, 1, 500),
      }),
    },
    { weight: 2, arbitrary: step('set', { node, key, policy: setPolicies }) },
    { weight: 2, arbitrary: step('delete', { node, key }) },
    { weight: 1, arbitrary: step('deleteMany', { node, key }) },
    { weight: 1, arbitrary: step('tag', { node, tag: fc.constantFrom('x', 'y') }) },
    { weight: 1, arbitrary: step('clear', { node }) },
    { weight: 1, arbitrary: step('pattern', { node, pattern: fc.constantFrom(...PATTERNS) }) },
    { weight: 2, arbitrary: step('markStale', { node, key }) },
    { weight: 1, arbitrary: step('touch', { node, key, ttl: fc.constantFrom(1000, 30_000) }) },
    { weight: 1, arbitrary: step('evict', { node, key }) },
    { weight: 1, arbitrary: step('forget', { node }) },
    ...(shared ? onlyShared : []),
  );
  return fc.array(steps, { minLength: 1, maxLength: 30, size: 'max' });
}
