import type { Bus, BusListener, BusMessage } from './bus.js';

/** A hub that connects the caches of one process, as a server connects processes. */
export interface LocalBus {
  /** A bus of its own for one cache: it hears all others and not itself. */
  connect(): Bus;
}

/**
 * A bus inside one process, for tests and for several caches over one backend. Messages arrive in the tick they are sent.
 *
 * @example
 * ```ts
 * import { localBus } from '@keepsake/core';
 * const hub = localBus();
 * const a = hub.connect();
 * const b = hub.connect();
 * b.subscribe({ message: (m) => console.log(m.type), gap() {} });
 * a.publish({ type: 'keys', keys: ['user:42'] }); // keys
 * ```
 */
export function localBus(): LocalBus {
  const members = new Set<Set<BusListener>>();
  return {
    connect() {
      const own = new Set<BusListener>();
      members.add(own);
      return {
        name: 'local',
        connected: true,
        publish(message: BusMessage) {
          if (!members.has(own)) return;
          for (const listeners of members) {
            if (listeners === own) continue;
            for (const listener of listeners) listener.message(message);
          }
        },
        subscribe(listener) {
          own.add(listener);
          return () => own.delete(listener);
        },
        close() {
          members.delete(own);
        },
      };
    },
  };
}
