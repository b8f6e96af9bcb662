import { loaderContext } from '@keepsake/core';
import { type CallPolicy, cacheOptions } from './call-policy.js';
import type { Cast } from './cast.js';
import type { Call, Given } from './records.js';
import { type Key, TAGS } from './steps.js';

/** Those who ask for values. */
export class Callers {
  readonly #cast: Cast;
  constructor(cast: Cast) {
    this.#cast = cast;
  }

  call(node: number, key: Key, policy: CallPolicy): void {
    const signal = this.#signal(policy);
    const options = { ...cacheOptions<Given>(policy), tags: TAGS[key], ...(signal ? { signal } : {}) };
    const { names, sources } = this.#cast;
    this.#ask({ kind: 'call', node, key, policy, signal }, (call) =>
      this.#cast
        .node(node)
        .cache.getOrSet(names[key], (context) => sources[key].load(call, context.signal), options),
    );
  }

  /** Through a function, whose load has to be a promise. */
  refresh(node: number, key: Key, policy: CallPolicy): void {
    const signal = this.#signal(policy);
    const { sources } = this.#cast;
    this.#ask({ kind: 'refresh', node, key, policy, signal }, (call) => {
      const load = async (_signal?: AbortSignal): Promise<Given> =>
        sources[key].load(call, loaderContext().signal);
      const options = { ...cacheOptions<Given>(policy), tags: TAGS[key], id: key };
      return this.#cast.node(node).cache.cached(load, options).refresh(signal);
    });
  }

  get(node: number, key: Key): void {
    this.#ask({ kind: 'get', node, key, policy: { ttl: 0 }, signal: undefined }, () =>
      this.#cast.node(node).cache.get(this.#cast.names[key]),
    );
  }

  #ask(
    given: Pick<Call, 'kind' | 'node' | 'key' | 'policy' | 'signal'>,
    ask: (call: Call) => Promise<unknown>,
  ): void {
    const { ledger, nodes } = this.#cast;
    const call = ledger.called({ ...given, node: given.node % nodes.length });
    ask(call).then(
      (value) => ledger.answered(call, value),
      (error) => ledger.rejected(call, error),
    );
  }

  #signal({ abortAfter }: CallPolicy): AbortSignal | undefined {
    if (abortAfter === undefined) return undefined;
    const controller = new AbortController();
    const abort = (): void => controller.abort(new Error('gave up'));
    if (abortAfter === 0) abort();
    else this.#cast.clock.after(abortAfter, abort);
    return controller.signal;
  }
}
