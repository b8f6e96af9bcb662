import type { Cache, CacheEvents } from '@keepsake/core';
import type { ManualClock } from '@keepsake/testing';

/** The events that say what became of a call or a load. */
const TOLD = ['hit', 'stale', 'miss', 'coalesced', 'loadError', 'fenced', 'unstorable'] as const;

/**
 * What happened, on the virtual clock: one line per instant, `'<ms since the start>: <fact> | <fact>'`. The facts of one
 * instant are in alphabetical order, since the order of promise reactions is nobody's promise.
 */
export class Trace {
  readonly #clock: ManualClock;
  readonly #startedAt: number;
  #facts: { readonly at: number; readonly fact: string }[] = [];

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Ms since the start. */
  get now(): number {
    return this.#clock.now() - this.#startedAt;
  }

  note(fact: string): void {
    this.#facts.push({ at: this.now, fact });
  }

  /** Notes what `call` settles to: `name <- value`, or `name x message`. */
  outcome(name: string, call: Promise<unknown>): void {
    call.then(
      (value) => this.note(`${name} <- ${String(value)}`),
      (error: unknown) => this.note(`${name} x ${worded(error)}`),
    );
  }

  /** Notes what `cache` tells of its calls and loads from now on, each with `prefix` in front. */
  watch(cache: Cache, prefix = ''): void {
    for (const type of TOLD) cache.on(type, (event) => this.note(prefix + told(type, event)));
  }

  /** The lines since the last time. */
  take(): string[] {
    const byInstant = new Map<number, string[]>();
    for (const { at, fact } of this.#facts) byInstant.set(at, [...(byInstant.get(at) ?? []), fact]);
    this.#facts = [];
    return [...byInstant].map(([at, facts]) => `${at}: ${facts.sort().join(' | ')}`);
  }
}

function told<K extends (typeof TOLD)[number]>(type: K, event: CacheEvents[K]): string {
  const error = 'error' in event ? ` ${worded(event.error)}` : '';
  const tier = 'tier' in event ? ` ${event.tier}` : '';
  return `*${type}${tier}${error}`;
}

function worded(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : error.name;
}
