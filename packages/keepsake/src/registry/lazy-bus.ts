import type { Bus, BusListener, BusMessage } from '@keepsake/core';

/** The bus of a backend that is loaded at its first use. Until then nothing arrives, and what is published waits. */
export class LazyBus implements Bus {
  readonly name: string;
  readonly #load: () => Promise<Bus>;
  #bus: Bus | undefined;
  #loading: Promise<Bus | undefined> | undefined;
  #unsent: BusMessage[] = [];
  readonly #subscriptions = new Map<BusListener, (() => void) | undefined>();
  #closed = false;

  /** @param load - the bus of the backend, once that is there; a failure is reported by whoever loads */
  constructor(name: string, load: () => Promise<Bus>) {
    this.name = name;
    this.#load = load;
  }

  get connected(): boolean {
    return this.#bus?.connected === true;
  }

  publish(message: BusMessage): void {
    if (this.#closed) return;
    if (this.#bus) {
      this.#bus.publish(message);
      return;
    }
    this.#unsent.push(message);
    void this.#ready();
  }

  subscribe(listener: BusListener): () => void {
    this.#subscriptions.set(listener, this.#bus?.subscribe(listener));
    if (!this.#bus) void this.#ready();
    return () => {
      this.#subscriptions.get(listener)?.();
      this.#subscriptions.delete(listener);
    };
  }

  /** What was never loaded needs no closing. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#loading;
    await this.#bus?.close?.();
  }

  /** Tried again by the next message where it failed: without the backend there is nothing to tell others of. */
  #ready(): Promise<Bus | undefined> {
    this.#loading ??= this.#load().then(
      (bus) => this.#attach(bus),
      () => {
        this.#loading = undefined;
        this.#unsent = [];
        return undefined;
      },
    );
    return this.#loading;
  }

  #attach(bus: Bus): Bus {
    this.#bus = bus;
    if (!this.#closed) {
      for (const listener of this.#subscriptions.keys()) {
        this.#subscriptions.set(listener, bus.subscribe(listener));
      }
    }
    for (const message of this.#unsent) bus.publish(message);
    this.#unsent = [];
    return bus;
  }
}
