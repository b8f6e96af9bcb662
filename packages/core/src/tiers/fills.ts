import type { BusMessage } from '../bus/bus.js';
import { type Awaitable, chain, settle } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import { backToFront } from './back-to-front.js';
import type { Epochs, Fence } from './epochs.js';
import { forward } from './forward.js';
import { type Tier, unavailable } from './tier.js';
import type { WriteOrder } from './write-order.js';

export interface FillsOptions {
  readonly tiers: readonly Tier[];
  readonly epochs: Epochs;
  readonly order: WriteOrder;
  /** Tells other processes. */
  readonly publish: (message: BusMessage) => void;
  /** Tells this one that a load whose lease others may wait for is over. */
  readonly onSettled: (key: string) => void;
}

/** What becomes of a load: stored where its fence and its lease allow it, or its lease given up. */
export class Fills {
  readonly #with: FillsOptions;

  constructor(options: FillsOptions) {
    this.#with = options;
  }

  /**
   * Stores what was loaded under `fence` and the lease of `token` (none where the load had none): the back tier first,
   * then forward while the fence stands. `false` if an invalidation came in between, `'awaited'` if somebody waited for it.
   */
  under(fence: Fence, key: string, entry: Entry, token: string | undefined): Awaitable<boolean | 'awaited'> {
    return this.#with.order.run([key], (): Awaitable<boolean | 'awaited'> => {
      // Where messages were missed, the back tier knows what they said: it has voided the lease, or not.
      if (fence.doubted && token !== undefined && this.#back.backend.fill)
        return this.#underNewFence(key, entry, token);
      if (fence.raised) return chain(this.#giveUp(key, token), () => false);
      return this.#filled(fence, key, entry, token);
    });
  }

  /** Stores what was loaded without a lease: in front only, and never where other processes look. */
  inFront(fence: Fence, key: string, entry: Entry): Awaitable<boolean> {
    const { tiers, order } = this.#with;
    return order.run([key], () => forward(tiers, fence, key, entry, tiers.length - 2));
  }

  /** As a fill, of nothing: the source says that the value that is there is none any more. */
  nothing(fence: Fence, key: string): Awaitable<void> {
    const { tiers, order, publish } = this.#with;
    const announce = (): void => publish({ type: 'keys', keys: [key] });
    return order.run([key], () =>
      fence.raised ? undefined : backToFront(tiers, (tier) => tier.delete(key), announce),
    );
  }

  /** Removes from the back tier what could not be asked for. Others may have read it, and kept it, until now. */
  deleteBehind(key: string): Awaitable<void> {
    return chain(this.#back.deleteUnsure(key), (deleted) => {
      // Where that is owed, whoever replays it tells them.
      if (deleted !== unavailable) this.#with.publish({ type: 'keys', keys: [key] });
    });
  }

  /** Gives the lease of `token` up, and wakes whoever waits for it. */
  release(key: string, token: string): Awaitable<unknown> {
    return chain(this.#back.release(key, token), (awaited) => {
      if (awaited === true) this.settled(key, false);
    });
  }

  /** Tells those who wait for the lease of `key` that it is over. */
  settled(key: string, stored: boolean): void {
    const { publish, onSettled } = this.#with;
    publish({ type: 'settled', key, stored });
    // The bus tells others only.
    onSettled(key);
  }

  get #back(): Tier {
    const { tiers } = this.#with;
    return tiers[tiers.length - 1] as Tier;
  }

  #underNewFence(key: string, entry: Entry, token: string): Awaitable<boolean | 'awaited'> {
    const { epochs } = this.#with;
    const fence = epochs.open(key);
    return settle(
      () => this.#filled(fence, key, entry, token),
      () => epochs.close(fence),
    );
  }

  #filled(
    fence: Fence,
    key: string,
    entry: Entry,
    token: string | undefined,
  ): Awaitable<boolean | 'awaited'> {
    const { tiers } = this.#with;
    return chain(this.#back.fill(key, entry, token), (answer) => {
      // Whoever waits may have been told of this lease, or of the one that took its place.
      if (answer !== true && this.#back.backend.fill) this.settled(key, answer === 'awaited');
      if (answer === false) return false;
      const stands = forward(tiers, fence, key, entry, tiers.length - 2);
      return chain(stands, (stood) => (stood && answer === 'awaited' ? answer : stood));
    });
  }

  #giveUp(key: string, token: string | undefined): Awaitable<unknown> {
    return token === undefined ? undefined : this.release(key, token);
  }
}
