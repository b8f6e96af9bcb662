import { type Awaitable, chain, isPending } from '../contract/awaitable.js';
import type { Background } from './background.js';
import type { Epochs } from './epochs.js';
import { collectKeys, type KeyMatcher } from './listing.js';
import { type Tier, unavailable } from './tier.js';
import type { WriteOrder } from './write-order.js';

/**
 * Does in this process what another one did: everything that stands in front of the shared truth is dropped, and no load
 * that runs now is stored.
 */
export class Follower {
  readonly #inFront: readonly Tier[];
  readonly #epochs: Epochs;
  readonly #order: WriteOrder;
  readonly #background: Background;

  /** @param inFront - the tiers that the other process could not reach, nearest the caller last */
  constructor(inFront: readonly Tier[], epochs: Epochs, order: WriteOrder, background: Background) {
    this.#inFront = inFront;
    this.#epochs = epochs;
    this.#order = order;
    this.#background = background;
  }

  /** Others deleted or set `keys`. */
  keys(keys: readonly string[]): void {
    for (const key of keys) {
      this.#epochs.raise(key);
      const drop = (): Awaitable<void> =>
        chain(
          this.#each((tier) => tier.delete(key)),
          () => this.#epochs.raise(key),
        );
      // At once, for whoever reads now; and again behind what is being written, which may be older.
      if (this.#order.isBusy([key])) this.#background.own(drop());
      this.#background.own(this.#order.run([key], drop));
    }
  }

  /** Others deleted what `matches` under `prefix`. */
  pattern(prefix: string, matches: KeyMatcher): void {
    this.#epochs.raiseMatching(matches);
    const drop = async (tier: Tier): Promise<void> => {
      const keys = new Set<string>();
      const listed = await tier.attempt('keys', prefix, () =>
        collectKeys(tier.backend, prefix, matches, keys),
      );
      if (listed === unavailable) await tier.drop(prefix);
      else this.keys([...keys]);
    };
    const dropAll = (): Awaitable<void> => this.#each(drop);
    const settled = this.#order.settled(matches);
    // What is being written is not listed yet.
    if (isPending(settled)) this.#background.own(settled.then(dropAll));
    this.#background.own(dropAll());
  }

  /** Others removed everything under `prefix`. */
  clear(prefix: string): void {
    this.#drop(prefix, (under) => this.#epochs.raiseMatching(under));
  }

  /** Nobody knows what others did under `prefix`. */
  flush(prefix: string): void {
    this.#drop(prefix, (under) => this.#epochs.doubtMatching(under));
  }

  #drop(prefix: string, fall: (under: KeyMatcher) => void): void {
    const under = (key: string): boolean => key.startsWith(prefix);
    const raise = (): void => fall(under);
    raise();
    const drop = (): Awaitable<void> => this.#each((tier) => tier.drop(prefix));
    const settled = this.#order.settled(under);
    if (isPending(settled)) this.#background.own(drop());
    this.#background.own(chain(chain(settled, drop), raise));
  }

  /**
   * The tier nearest the caller goes first, so that it is not asked while a slow one behind it is at work, and once more
   * at last: what that one still had may have been copied forward.
   */
  #each(step: (tier: Tier) => Awaitable<unknown>): Awaitable<void> {
    const nearest = this.#inFront.at(-1);
    if (!nearest || this.#inFront.length === 1) return this.#eachFrom(0, step);
    return chain(step(nearest), () => this.#eachFrom(0, step));
  }

  #eachFrom(at: number, step: (tier: Tier) => Awaitable<unknown>): Awaitable<void> {
    const tier = this.#inFront[at];
    return tier && chain(step(tier), () => this.#eachFrom(at + 1, step));
  }
}
