import type { CallPolicy } from './call-policy.js';

/** An instant in epoch ms, and which one it was of all things that happened: much happens at one instant. */
export interface Moment {
  readonly at: number;
  readonly nth: number;
}

/** What sources and sets give to the cache. Each has an identity, so that it is known whoever serves it. */
export interface Given {
  readonly id: number;
  readonly key: string;
  /** Of the source, when the load began or the set was called. */
  readonly version: number;
}

/** Somebody asked a node for a key. */
export interface Call {
  readonly id: number;
  readonly kind: 'call' | 'get' | 'refresh';
  readonly node: number;
  readonly key: string;
  readonly policy: CallPolicy;
  readonly signal: AbortSignal | undefined;
  readonly began: Moment;
  /** What was given before this one was invalidated for this node before the call began. */
  readonly floor: number;
  ended?: Moment;
  outcome?: 'served' | 'nothing' | 'failed' | 'timed out' | 'aborted';
}

/** A loader ran for a call, or runs still. */
export interface Load {
  readonly call: Call;
  readonly given: Given;
  readonly began: Moment;
  readonly signal: AbortSignal;
  /** Whether its source will never settle by itself. */
  readonly endless: boolean;
  ended?: Moment;
  outcome?: 'loaded' | 'failed' | 'answered';
  error?: unknown;
}

/** From when on a value may be served until when. */
export interface Life {
  readonly from: number;
  readonly staleAt: number;
  readonly expiresAt: number;
}

/** A value that some node may have stored. */
export interface Value {
  readonly given: Given;
  /** The load that made it; `undefined`: a set. */
  readonly load: Load | undefined;
  /** What is invalidated from here on is younger than the value. Infinity for a set that is under way. */
  since: number;
  /** In the order in which they began; the last one holds now. */
  readonly lives: Life[];
  /** How many touches are under way that may give it another life. */
  touching: number;
}

/** A node was told to change what is stored under some keys, or to change its life. */
export interface Write {
  readonly kind: 'invalidation' | 'touch' | 'mark';
  readonly node: number;
  readonly keys: readonly string[];
  /** The values that a touch may give another life. */
  readonly touched: readonly Value[];
  readonly called: Moment;
  acknowledged?: Moment;
  /** Whether there was something to mark, and every tier has done so. */
  marked?: boolean;
}

/** Whether two spans have a moment in common; one without an end lasts. */
export function overlap(
  a: { readonly began: Moment; readonly ended?: Moment | undefined },
  b: { readonly began: Moment; readonly ended?: Moment | undefined },
): boolean {
  return a.began.nth <= (b.ended?.nth ?? Infinity) && b.began.nth <= (a.ended?.nth ?? Infinity);
}
