import {
  type Backend,
  type Bus,
  type BusMessage,
  type Cache,
  type Clock,
  tiered,
  wrap,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ChaosBus, chaosBus, type SharedMemory, type Travel } from '@keepsake/testing';
import { createCacheWith } from '../../../core/src/cache/create-cache.js';
import {
  forgetfulBus,
  NoEpochs,
  type Protection,
  withoutLeases,
  withoutSettled,
  withoutVoidLeases,
} from './without.js';

interface NodeOptions {
  readonly server: SharedMemory;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly travel: Travel;
  readonly timeout: number | 'forever';
  readonly without: Protection | undefined;
}

/** One process: a front tier of its own, a connection to the shared one, and a bus that can be cut. */
export class Node {
  readonly cache: Cache;
  readonly front: Backend;
  readonly bus: ChaosBus;

  constructor({ server, bus, clock, travel, timeout, without }: NodeOptions) {
    this.front = memory({ clock });
    const heard = without === 'settled' ? withoutSettled(bus) : bus;
    this.bus = without === 'replay of the bus' ? forgetfulBus(heard) : chaosBus(heard, { clock });
    // Whoever asks for figures is to change nothing: that would be a request.
    const connection = wrap(server.connect({ travel, clock }), { info: undefined });
    this.cache = createCacheWith(
      {
        backend: tiered([this.front, weakened(connection, without)]),
        bus: without === 'bus' ? false : this.bus,
        timeout,
        duplicateIds: 'replace',
        clock,
      },
      without === 'fencing' ? new NoEpochs() : undefined,
    );
  }

  /** Whether the shared tier has acknowledged everything that this node invalidated. */
  get owesNothing(): boolean {
    return this.cache.stats().owed === 0;
  }
}

/** A bus that takes its time, in order. */
export function slow(bus: Bus, pause: (label: string) => Promise<void>): Bus {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...bus,
    publish: (message: BusMessage) => {
      const before = last;
      last = (async () => {
        await before;
        await pause(`bus ${message.type}`);
        bus.publish(message);
      })();
    },
  };
}

function weakened(connection: Backend, without: Protection | undefined): Backend {
  if (without === 'leases') return withoutLeases(connection);
  return without === 'void leases' ? withoutVoidLeases(connection) : connection;
}
