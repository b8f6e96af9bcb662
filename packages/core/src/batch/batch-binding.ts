import type { Cache } from '../cache/cache.js';
import type { InvalidateOptions } from '../cache/operations.js';
import type { Explanation } from '../explain/explanation.js';
import { Binding } from '../functions/binding.js';
import type { AsyncFunction, Policy } from '../functions/function-policy.js';
import { identityOf } from '../functions/identity.js';
import { AskRound } from './ask-round.js';
import type { LoadMany } from './batch-function.js';
import { ItemCall, type Together } from './item-call.js';
import { ItemLoads } from './item-loads.js';
import { TickEnd } from './tick-end.js';

/** A batch function, how its items are cached, and where it was wrapped. */
export interface BatchDefinition {
  readonly loadMany: LoadMany;
  readonly policy: Policy;
  readonly maxBatch: number;
  readonly place: string | undefined;
  /** Names it in errors. */
  readonly what: string;
}

/** How many promise jobs without another call end a tick: far more than lie between the calls of one piece of work. */
const JOBS = 40;

/** A batch function in its cache, under its id: asks for many items at once, and knows their keys. */
export class BatchBinding {
  readonly #cache: Cache;
  readonly #binding: Binding;
  readonly #together: Together;
  readonly #tickEnd = new TickEnd(JOBS, () => this.#endRound());
  #round: AskRound | undefined;

  /** @throws CacheConfigError if the id is taken, or the ttl is unknown; CacheClosedError if the cache was closed */
  constructor({ loadMany, policy, maxBatch, place, what }: BatchDefinition, cache: Cache, id: string) {
    const identity = identityOf({ fn: loaderOfOne(loadMany), policy });
    this.#cache = cache;
    this.#binding = new Binding({ fn: loadMany as AsyncFunction, policy, place }, cache, id, identity);
    const running = (key: string) => cache.engine.flights.running(key);
    const loads = new ItemLoads({ loadMany, maxBatch, what, running });
    this.#together = {
      binding: this.#binding,
      round: () => this.#roundOfTick(),
      load: (call, context) => loads.load(call, context),
    };
  }

  /** Whether the cache was closed and another one may have its name by now. */
  get outdated(): boolean {
    return this.#binding.outdated;
  }

  /**
   * What becomes of each item, in order. Equal items are asked for once; one that fails does not keep others from it.
   *
   * @throws CacheClosedError after the cache was closed
   */
  values(items: readonly unknown[], refresh: boolean): readonly Promise<unknown>[] {
    this.#cache.engine.assertOpen();
    const asked = new Map<string, Promise<unknown>>();
    const each = (): readonly Promise<unknown>[] =>
      Array.from(items, (item) => this.#valueOnce(asked, item, refresh));
    return items.length > 1 ? this.#cache.engine.tiers.back.together(each) : each();
  }

  peek(items: readonly unknown[]): Promise<unknown[]> {
    return this.#cache.getMany(this.#keys(items));
  }

  delete(items: readonly unknown[]): Promise<number> {
    return this.#cache.deleteMany(this.#keys(items));
  }

  clear(options?: InvalidateOptions): Promise<void> {
    return this.#binding.clear(options);
  }

  /** @throws CacheKeyError if the item cannot be identified */
  key(item: unknown): string {
    return this.#binding.key(undefined, [item]);
  }

  explain(item: unknown): Promise<Explanation> {
    return this.#binding.explain(undefined, [item]);
  }

  #keys(items: readonly unknown[]): readonly string[] {
    return Array.from(items, (item) => this.key(item));
  }

  #valueOnce(asked: Map<string, Promise<unknown>>, item: unknown, refresh: boolean): Promise<unknown> {
    try {
      const call = new ItemCall(this.#together, item, refresh);
      const value = asked.get(call.key) ?? this.#value(call);
      asked.set(call.key, value);
      return value;
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a callback threw, unchanged
      return Promise.reject(error);
    }
  }

  #value(call: ItemCall): Promise<unknown> {
    const { flights } = this.#cache.engine;
    const before = flights.running(call.key);
    const value = this.#cache.call(call);
    const after = flights.running(call.key);
    if (after && after !== before) {
      const leave = call.joinRound();
      value.then(leave, leave);
    }
    return value;
  }

  #roundOfTick(): AskRound {
    this.#round ??= new AskRound(this.#cache.engine.tiers.reader);
    this.#tickEnd.stir();
    return this.#round;
  }

  #endRound(): void {
    const round = this.#round;
    this.#round = undefined;
    round?.seal();
  }
}

const loadersOfOne = new WeakMap<LoadMany, AsyncFunction>();

/**
 * What a batch function is to the list of ids: the same at every wrapping, and another one than the function itself, whose
 * calls have a list of items for their argument.
 */
function loaderOfOne(loadMany: LoadMany): AsyncFunction {
  const known = loadersOfOne.get(loadMany);
  const loader = known ?? (async (item: unknown) => loadMany([item], undefined as never));
  loadersOfOne.set(loadMany, loader);
  return loader;
}
