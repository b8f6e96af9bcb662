import type { LoadPlan } from '../cache/flights.js';
import type { Binding } from './binding.js';

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

  /** @throws CacheKeyError if the call is not any more what it was when its key was made */
  load(): Promise<unknown> {
    if (this.#left) this.#binding.assertUnchanged(this.key, this.#self, this.#args);
    return this.#binding.load(this.#self, this.#args);
  }

  ttl(value: unknown): number | undefined {
    return this.#binding.ttl(value, this.#args);
  }
}
