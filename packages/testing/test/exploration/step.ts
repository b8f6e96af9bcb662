import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Fault } from './outage.js';

/** What a caller does. */
type Call =
  | 'read'
  | 'batch'
  | 'refresh'
  | 'delete'
  | 'tag'
  | 'clear'
  | 'pattern'
  | 'set'
  | 'set if absent'
  | 'set if present';

/** What happens to the tiers: a front tier is emptied, the server makes room, it fails or is there again. */
type Event = 'forget' | 'evict' | Fault | 'heal';

/** What happens to the bus of a node: it is cut, and comes back with what was missed or with the news of a gap. */
type BusEvent = 'cut' | 'replay' | 'gap';

/** Something that happens at a moment that the scheduler picks. */
export interface Step {
  readonly type: Call | Event | BusEvent;
  readonly node: number;
  readonly key: string;
}

/** What the tiers hold before the first step. */
export type Start = 'cold' | 'warm' | 'warm behind';

/** The keys of calls without arguments of two functions: a refresh of one and a `getOrSet` are about the same entry. */
export const KEYS = ['a', 'b'].map((id) => `${id}:${createHash('sha256').digest('hex')}`);

/** The id of the function that `key` belongs to. */
export function idOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

export const STARTS: readonly Start[] = ['cold', 'warm', 'warm behind'];

const READS = ['read', 'read', 'read', 'refresh', 'batch'] as const;
const REMOVALS = ['delete', 'tag', 'clear', 'pattern'] as const;
const SETS = ['set', 'set if absent', 'set if present'] as const;
const LOSSES = ['forget', 'forget', 'evict'] as const;

/** Everything that can happen where nothing fails. */
export const HEALTHY: readonly Step['type'][] = [...READS, ...REMOVALS, ...SETS, ...LOSSES];

/** The server refuses, or does what it is asked and says that it did not. */
export const REFUSED: readonly Step['type'][] = [...HEALTHY, 'down', 'down', 'mute', 'mute', 'heal', 'heal'];

/**
 * The server freezes, and requests time out that are carried out later. No set is among them: one that was given up may
 * arrive behind what another node did since, and until it has paid its debt, nobody can tell that it is old.
 */
export const FROZEN: readonly Step['type'][] = [
  ...READS,
  ...REMOVALS,
  ...LOSSES,
  'freeze',
  'freeze',
  'freeze',
  'heal',
  'heal',
];

/** The buses of nodes are cut and come back. */
export const CUT: readonly Step['type'][] = [
  ...HEALTHY,
  'cut',
  'cut',
  'cut',
  'replay',
  'replay',
  'gap',
  'gap',
];

/** Nothing is invalidated, and the shared tier loses nothing. */
export const READING: readonly Step['type'][] = ['read', 'read', 'batch', 'forget'];

/** Programs of such steps. */
export function programs(types: readonly Step['type'][]): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.record({
    type: fc.constantFrom(...types),
    node: fc.nat(1),
    key: fc.constantFrom(...KEYS),
  });
  return fc.array(step, { minLength: 2, maxLength: 9 });
}
