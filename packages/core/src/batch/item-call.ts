import type { LoaderContext } from '../flights/loader-context.js';
import type { Binding } from '../functions/binding.js';
import { withSignal } from '../functions/caller-signal.js';
import { FunctionCall } from '../functions/function-call.js';
import type { Fence } from '../tiers/epochs.js';
import type { FoundOrLease, LeaseRequest } from '../tiers/reader.js';
import type { AskRound } from './ask-round.js';

/** What the items of a batch function have in common. */
export interface Together {
  readonly binding: Binding;
  /** The round of this tick. */
  readonly round: () => AskRound;
  /** What the batch function has for the item of `call`. */
  readonly load: (call: ItemCall, context: LoaderContext<unknown>) => Promise<unknown>;
}

/** A call for one item, as of a function that loads one: what it asks the tiers and its loader is asked together with others. */
export class ItemCall extends FunctionCall {
  readonly item: unknown;
  readonly #together: Together;
  #round: AskRound | undefined;
  #hasAsked = false;

  constructor(together: Together, item: unknown, refresh: boolean) {
    super(together.binding, undefined, [item], refresh);
    this.item = item;
    this.#together = together;
  }

  /** Its flight was started: this tick's round waits for its question. Returns what ends that. */
  joinRound(): () => void {
    if (this.#hasAsked) return () => undefined;
    const round = this.#together.round();
    this.#round = round;
    round.expect(this);
    return () => round.dismiss(this);
  }

  ask(fence: Fence, request: LeaseRequest): Promise<FoundOrLease> {
    this.#hasAsked = true;
    // A late question, or that of a refresh of what was found, belongs to the tick it is asked in.
    const round = this.#round && !this.#round.over ? this.#round : this.#together.round();
    return round.answer(this, fence, this.key, request);
  }

  override load(context: LoaderContext<unknown>): Promise<unknown> {
    return this.#together.load(this, context);
  }

  /** The item as the loader gets it: with the signal of its flight in place of the caller's. */
  handed(context: LoaderContext<unknown>): unknown {
    return withSignal([this.item], context)[0];
  }

  /** @throws CacheKeyError if the item is not any more what it was when its key was made */
  assertUnchanged(): void {
    this.#together.binding.assertUnchanged(this.key, undefined, [this.item]);
  }
}
