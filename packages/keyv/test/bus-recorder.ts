import type { Bus, BusListener, BusMessage } from '@keepsake/core';
import { redis, redisBus } from '@keepsake/keyv';
import { eventually } from '../../../test-support/redis-server.js';

/** What a listener was told. */
export class Recorder implements BusListener {
  readonly keys: string[] = [];
  readonly other: BusMessage[] = [];
  /** How many keys had been heard at each gap. */
  readonly gaps: number[] = [];
  readonly outages: unknown[] = [];

  message(message: BusMessage): void {
    if (message.type === 'keys') this.keys.push(...message.keys);
    else this.other.push(message);
  }

  gap(): void {
    this.gaps.push(this.keys.length);
  }

  lost(error: unknown): void {
    this.outages.push(error);
  }
}

type BusOptions = Exclude<Parameters<typeof redisBus>[0], string>;

/** Buses of one test, and what they heard; ends them all. */
export class Buses {
  readonly #open: Bus[] = [];

  open(options: BusOptions): Bus {
    return this.keep(redisBus({ connectTimeout: 500, ...options }));
  }

  /** The bus of a backend. */
  ofBackend(options: Exclude<Parameters<typeof redis>[0], string>, channel: string): Bus {
    const backend = redis(options);
    const bus = this.keep(backend.bus?.(channel) as Bus);
    this.keep({ ...bus, close: () => backend.close?.() });
    return bus;
  }

  keep(bus: Bus): Bus {
    this.#open.push(bus);
    return bus;
  }

  /** A bus that is connected, with what it hears from now on. */
  async hearing(options: BusOptions): Promise<{ bus: Bus; heard: Recorder }> {
    const bus = this.open(options);
    const heard = new Recorder();
    bus.subscribe(heard);
    await connected(bus);
    heard.gaps.length = 0; // the one of the first connect
    return { bus, heard };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(async (bus) => bus.close?.()));
  }
}

export function connected(bus: Bus, within = 5000): Promise<number> {
  return eventually(() => bus.connected, within);
}

/** A message about one key. */
export function about(key: string): BusMessage {
  return { type: 'keys', keys: [key] };
}

/** `count` keys with a name in common. */
export function numbered(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i}`);
}
