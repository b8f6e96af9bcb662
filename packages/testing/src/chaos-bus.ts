import {
  type Bus,
  type BusListener,
  type BusMessage,
  CacheConfigError,
  type Clock,
  type Duration,
  milliseconds,
  systemClock,
} from '@keepsake/core';
import { seeded } from './random.js';

/** What goes wrong by itself. */
export interface ChaosBusOptions {
  /** How likely an incoming message is lost without a word, which no bus may do: shows what relies on it. @default 0 */
  readonly drop?: number;
  /** How long incoming messages take. @default none, they arrive in the tick they were sent */
  readonly delay?: Duration;
  /** Chooses the run. @default 1 */
  readonly seed?: number;
  /** The clock that delays go by. @default systemClock */
  readonly clock?: Clock;
}

/** What a test makes go wrong. */
export interface ChaosBusControls {
  /** Cuts the connection: nothing comes in, and what is published waits. */
  cut(): void;
  /**
   * Ends a `cut`: what was published meanwhile goes out, then what was missed is replayed (`'replay'`) or,
   * as when nobody kept it, the listeners are told of a gap.
   */
  heal(missed?: 'replay' | 'gap'): void;
  /** Loses the next `times` incoming messages without a word. */
  dropNext(times?: number): void;
  /** How long incoming messages take; `0` for none. */
  delay(by: Duration): void;
}

/** A bus on which things go wrong. */
export type ChaosBus = Bus & { readonly controls: ChaosBusControls };

/**
 * `inner`, whose messages are late, lost or cut off.
 *
 * @throws CacheConfigError if `drop` is no likelihood or `delay` no duration
 * @example
 * ```ts
 * import { localBus } from '@keepsake/core';
 * import { chaosBus } from '@keepsake/testing';
 * const bus = chaosBus(localBus().connect());
 * bus.controls.cut();
 * bus.connected; // false
 * bus.controls.heal(); // the listeners are told of a gap
 * ```
 */
export function chaosBus(inner: Bus, options: ChaosBusOptions = {}): ChaosBus {
  return new UnreliableBus(inner, options);
}

class UnreliableBus implements ChaosBus {
  readonly name: string;
  readonly controls: ChaosBusControls;
  readonly close: () => void | Promise<void>;
  readonly #inner: Bus;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #likelihood: number;
  readonly #listeners = new Set<BusListener>();
  readonly #unsubscribe: () => void;
  #delay: number;
  #isCut = false;
  #toDrop = 0;
  #unsent: BusMessage[] = [];
  #missed: BusMessage[] = [];

  constructor(inner: Bus, options: ChaosBusOptions) {
    const { drop = 0, delay = 0, seed = 1, clock = systemClock } = options;
    if (!(drop >= 0 && drop <= 1)) {
      throw new CacheConfigError(`chaosBus: drop is ${drop}. Allowed: a likelihood from 0 to 1.`);
    }
    this.name = inner.name;
    this.#inner = inner;
    this.#clock = clock;
    this.#random = seeded(seed);
    this.#likelihood = drop;
    this.#delay = lengthOf(delay);
    this.controls = this.#controls();
    this.#unsubscribe = inner.subscribe({
      message: (message) => this.#receive(message),
      gap: () => this.#tellGap(),
    });
    this.close = () => {
      this.#unsubscribe();
      return inner.close?.();
    };
  }

  get connected(): boolean {
    return !this.#isCut && this.#inner.connected;
  }

  publish(message: BusMessage): void {
    if (this.#isCut) this.#unsent.push(message);
    else this.#inner.publish(message);
  }

  subscribe(listener: BusListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #controls(): ChaosBusControls {
    return {
      cut: () => {
        this.#isCut = true;
      },
      heal: (missed = 'gap') => this.#heal(missed),
      dropNext: (times = 1) => {
        this.#toDrop += times;
      },
      delay: (by) => {
        this.#delay = lengthOf(by);
      },
    };
  }

  #receive(message: BusMessage): void {
    if (this.#isDropped()) return;
    if (this.#delay === 0) this.#deliver(message);
    else this.#clock.after(this.#delay, () => this.#deliver(message), 'holds');
  }

  #isDropped(): boolean {
    if (this.#toDrop === 0) return this.#likelihood > 0 && this.#random() < this.#likelihood;
    this.#toDrop--;
    return true;
  }

  #deliver(message: BusMessage): void {
    if (this.#isCut) this.#missed.push(message);
    else for (const listener of this.#listeners) listener.message(message);
  }

  #heal(how: 'replay' | 'gap'): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    const [unsent, missed] = [this.#unsent, this.#missed];
    this.#unsent = [];
    this.#missed = [];
    for (const message of unsent) this.#inner.publish(message);
    if (how === 'gap') this.#tellGap();
    else for (const message of missed) this.#deliver(message);
  }

  #tellGap(): void {
    for (const listener of this.#listeners) listener.gap();
  }
}

function lengthOf(delay: Duration): number {
  return delay === 0 ? 0 : milliseconds(delay, 'chaosBus: delay');
}
