import type { Flight } from '../flights/flight.js';
import type { LoaderContext } from '../flights/loader-context.js';
import { ItemContexts } from './batch-context.js';
import type { LoadMany } from './batch-function.js';
import { type Outcome, outcomesOf } from './batch-result.js';
import type { ItemCall } from './item-call.js';
import { TickEnd } from './tick-end.js';

export interface ItemLoadsOptions {
  readonly loadMany: LoadMany;
  /** How many items one call of the function gets at most. */
  readonly maxBatch: number;
  /** Names the function in errors. */
  readonly what: string;
  /** The flight of a key that callers may join. */
  readonly running: (key: string) => Flight | undefined;
}

/** A load of one item that waits for its batch. */
interface Load {
  readonly call: ItemCall;
  readonly handed: unknown;
  readonly context: LoaderContext<unknown>;
  readonly settle: (outcome: Outcome) => void;
}

/** An item as the function gets it, and the loads it is for: two where a refresh came to a load. */
interface Item {
  readonly handed: unknown;
  readonly loads: readonly Load[];
}

/** The flights of a round come here within a few promise jobs of each other. */
const JOBS = 8;

/** Collects the loads of single items that one tick asks for, and hands them to the batch function. */
export class ItemLoads {
  readonly #options: ItemLoadsOptions;
  readonly #tickEnd = new TickEnd(JOBS, () => this.#dispatch());
  #waiting: Load[] = [];

  constructor(options: ItemLoadsOptions) {
    this.#options = options;
  }

  /** What the function has for the item of `call`. */
  load(call: ItemCall, context: LoaderContext<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if ('error' in outcome) reject(outcome.error as Error);
        else resolve(outcome.value);
      };
      this.#waiting.push({ call, handed: call.handed(context), context, settle });
      this.#tickEnd.stir();
    });
  }

  #dispatch(): void {
    const items = itemsOf(this.#waiting.filter(isUnchanged));
    this.#waiting = [];
    const { maxBatch } = this.#options;
    for (let from = 0; from < items.length; from += maxBatch) {
      void this.#run(items.slice(from, from + maxBatch));
    }
  }

  async #run(items: readonly Item[]): Promise<void> {
    try {
      const handed = items.map((item) => item.handed);
      const returned = await this.#enter(items);
      const outcomes = outcomesOf(handed, returned, this.#options.what);
      for (const [i, { loads }] of items.entries())
        for (const load of loads) load.settle(outcomes[i] as Outcome);
    } catch (error) {
      for (const { loads } of items) for (const load of loads) load.settle({ error });
    }
  }

  /** Calls the function; until it returns, whoever asks for one of its items is the function itself. */
  #enter(items: readonly Item[]): Promise<unknown> {
    const { loadMany, running } = this.#options;
    const flights = items.flatMap(({ loads }) => running(loads[0]?.call.key ?? '') ?? []);
    const contexts = items.flatMap(({ handed, loads }) =>
      loads.map(({ context }) => [handed, context] as const),
    );
    for (const flight of flights) flight.entering = true;
    try {
      return loadMany(
        items.map(({ handed }) => handed),
        new ItemContexts(contexts),
      );
    } finally {
      for (const flight of flights) flight.entering = false;
    }
  }
}

/** The caller may have changed its object since: what would be loaded must not be stored under the old key. */
function isUnchanged({ call, settle }: Load): boolean {
  try {
    call.assertUnchanged();
    return true;
  } catch (error) {
    settle({ error });
    return false;
  }
}

/** Equal items are one to the function. */
function itemsOf(loads: readonly Load[]): readonly Item[] {
  const byKey = new Map<string, Load[]>();
  for (const load of loads) {
    const equal = byKey.get(load.call.key) ?? [];
    byKey.set(load.call.key, equal);
    equal.push(load);
  }
  return [...byKey.values()].map((equal) => ({ handed: equal[0]?.handed, loads: equal }));
}
