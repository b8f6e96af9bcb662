import { type Backend, type Bus, wrap } from '@keepsake/core';
import { type ChaosBus, chaosBus } from '@keepsake/testing';
import { Epochs } from '../../../core/src/tiers/epochs.js';
import { Owed } from '../../../core/src/wrappers/owed.js';

/** What an exploration may do without, to show that it would find the bug. */
export type Protection =
  /** A load that began before an invalidation is not stored in its process. */
  | 'fencing'
  /** One in the fleet loads, and what was invalidated meanwhile is not stored. */
  | 'leases'
  /** An invalidation voids the leases that were granted before it. */
  | 'void leases'
  /** Others are told. */
  | 'bus'
  /** Others are told that a load they wait for is over. */
  | 'settled'
  /** What was missed is replayed, or a gap is told. */
  | 'replay of the bus'
  /** While an invalidation is owed, its key is a miss in that tier. */
  | 'misses of what is owed'
  /** What could not be acknowledged is tried again. */
  | 'debts';

/** Epochs that never end: what fencing is there to prevent happens. */
export class NoEpochs extends Epochs {
  override raise(): void {}
  override raiseMatching(): void {}
  override raiseTagged(): void {}
}

export function withoutLeases(backend: Backend): Backend {
  return wrap(backend, {
    acquire: undefined,
    fill: undefined,
    renew: undefined,
    release: undefined,
    occupied: undefined,
  });
}

/** Every lease counts, whatever happened since it was granted. */
export function withoutVoidLeases(backend: Backend): Backend {
  return wrap(backend, {
    fill: async (key, entry) => {
      await backend.set(key, entry);
      return 'awaited' as const;
    },
  });
}

/** Nobody is told that a load is over. */
export function withoutSettled(bus: Bus): Bus {
  return {
    ...bus,
    publish: (message) => {
      if (message.type !== 'settled') bus.publish(message);
    },
  };
}

/** A bus that comes back as if nothing had been missed. */
export function forgetfulBus(bus: Bus): ChaosBus {
  const chaos: ChaosBus = chaosBus({
    ...bus,
    subscribe: ({ message }) =>
      bus.subscribe({
        message: (heard) => {
          if (chaos.connected) message(heard);
        },
        gap: () => undefined,
      }),
  });
  return chaos;
}

/** Does `work` while no cache pays its debts, or none goes by them. The debts of guards are nothing that can be given. */
export async function withoutDebts(
  what: 'debts' | 'misses of what is owed',
  work: () => Promise<void>,
): Promise<void> {
  const { oweDelete, oweClear, covers } = Owed.prototype;
  const changed = what === 'debts' ? { oweDelete() {}, oweClear() {} } : { covers: () => false };
  Object.assign(Owed.prototype, changed);
  try {
    await work();
  } finally {
    Object.assign(Owed.prototype, { oweDelete, oweClear, covers });
  }
}
