import { type Backend, type Bus, type BusListener, wrap } from '@keepsake/core';
import { Epochs } from '../../packages/core/src/tiers/epochs.js';

/** What a run may do without, to show that the check sees what happens then. */
export const PROTECTIONS = ['leases', 'fencing', 'replay'] as const;

export type Protection = (typeof PROTECTIONS)[number];

/** The shared tier without leases: whoever loads, writes. */
export function withoutLeases(backend: Backend): Backend {
  return wrap(backend, {
    acquire: undefined,
    fill: undefined,
    renew: undefined,
    release: undefined,
    occupied: undefined,
  });
}

/** Epochs that never end: what was read before an invalidation is written after it. */
export class NoEpochs extends Epochs {
  override raise(): void {}
  override raiseMatching(): void {}
  override raiseTagged(): void {}
}

/** A bus whose messages are lost with its connection, and that says nothing of it. */
export function withoutReplay(backend: Backend): Backend {
  const { bus } = backend;
  return bus ? wrap(backend, { bus: (channel) => forgetful(bus.call(backend, channel)) }) : backend;
}

function forgetful(bus: Bus): Bus {
  return {
    name: bus.name,
    get connected() {
      return bus.connected;
    },
    publish: (message) => bus.publish(message),
    subscribe: (listener) => bus.subscribe(deafAfterCuts(bus, listener)),
    close: () => bus.close?.(),
  };
}

/** What comes while it is not connected is being caught up on. */
function deafAfterCuts(bus: Bus, listener: BusListener): BusListener {
  return {
    message: (message) => {
      if (bus.connected) listener.message(message);
    },
    gap: () => {},
    lost: (error) => listener.lost?.(error),
  };
}
