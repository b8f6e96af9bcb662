import { type Bus, type BusMessage, systemClock } from '@keepsake/core';
import type { BusHub } from '../bus-contract.js';
import { difference } from './difference.js';

/** How long a message may take, in ms. */
const DEADLINE = 5000;
const STEP = 5;

/** What a listener was told, in order. */
interface Heard {
  readonly messages: BusMessage[];
}

/** One case tried on one hub: connects, listens, compares. */
export class BusTrial {
  readonly #hub: BusHub;
  readonly #expectNone: (problem: string | undefined) => void;
  readonly #buses: Bus[] = [];

  constructor(hub: BusHub, expectNone: (problem: string | undefined) => void) {
    this.#hub = hub;
    this.#expectNone = expectNone;
  }

  async connect(channel = 'one'): Promise<Bus> {
    const bus = await this.#hub.connect(channel);
    this.#buses.push(bus);
    return bus;
  }

  /** A bus that messages reach, and what it hears. */
  async listening(channel?: string): Promise<Heard & { readonly bus: Bus }> {
    const bus = await this.connect(channel);
    const heard = listenTo(bus);
    await this.until('connected', () => bus.connected);
    return { bus, ...heard };
  }

  /** `heard` must become these messages, and no others. */
  async hears(heard: Heard, expected: readonly BusMessage[]): Promise<void> {
    await this.until(
      `${expected.length} messages heard`,
      () => heard.messages.length >= expected.length,
      () => `, but ${heard.messages.length}`,
    );
    this.equal('messages', heard.messages, expected);
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    const problem = difference(actual, expected);
    this.#expectNone(problem && `${what}: ${problem}`);
  }

  async until(what: string, probe: () => boolean, but = (): string => ''): Promise<void> {
    const deadline = systemClock.now() + DEADLINE;
    while (!probe()) {
      if (systemClock.now() > deadline) return this.#expectNone(`not ${what} within ${DEADLINE} ms${but()}`);
      await new Promise<void>((resolve) => systemClock.after(STEP, resolve, 'holds'));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#buses.map(async (bus) => bus.close?.()));
  }
}

/** Records what `bus` brings. */
export function listenTo(bus: Bus): Heard & { readonly unsubscribe: () => void } {
  const messages: BusMessage[] = [];
  const unsubscribe = bus.subscribe({ message: (message) => void messages.push(message), gap() {} });
  return { messages, unsubscribe };
}
