import type { LoadPlan } from '../flights/load-plan.js';
import type { LoaderContext } from '../flights/loader-context.js';
import type { Rules } from '../freshness/rules.js';
import type { Ttl } from '../policy/profiles.js';
import type { Binding } from './binding.js';
import { signalOf, withSignal } from './caller-signal.js';

/** One call of a wrapped function. A hit uses nothing but the key, so everything else is worked out when asked for. */
export class FunctionCall implements LoadPlan<unknown> {
  readonly key: string;
  readonly refresh: boolean;
  readonly #binding: Binding;
  readonly #self: unknown;
  readonly #args: readonly unknown[];
  /** Whether the caller has had the chance to change its arguments. */
  #left = false;
  #tags: readonly string[] | undefined;

  constructor(binding: Binding, self: unknown, args: readonly unknown[], refresh: boolean) {
    this.key = binding.storedKey(self, args);
    this.refresh = refresh;
    this.#binding = binding;
    this.#self = self;
    this.#args = args;
  }

  /** The tick of the call is over for its caller. */
  leave(): void {
    this.#left = true;
  }

  get tags(): readonly string[] {
    this.#tags ??= this.#binding.tags(this.#args);
    return this.#tags;
  }

  get rules(): Rules {
    return this.#binding.rules;
  }

  /** The caller's own signal, if one is among the arguments. */
  get signal(): AbortSignal | undefined {
    return signalOf(this.#args);
  }

  /** @throws CacheKeyError if the call is not any more what it was when its key was made */
  load(context: LoaderContext<unknown>): Promise<unknown> {
    if (this.#left) this.#binding.assertUnchanged(this.key, this.#self, this.#args);
    return this.#binding.load(this.#self, withSignal(this.#args, context));
  }

  ttl(value: unknown): number | undefined {
    return this.#binding.ttl(value, this.#args);
  }

  errorTtl(error: unknown): number | undefined {
    return this.#binding.errorTtl(error, this.#args);
  }

  milliseconds(ttl: Ttl, option: string): number {
    return this.#binding.milliseconds(ttl, option);
  }
}
