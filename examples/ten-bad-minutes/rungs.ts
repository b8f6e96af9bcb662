import { chaosBus } from '@keepsake/testing';
import { type Backend, type Bus, type CacheOptions, memory, tiered } from 'keepsake';
import { loadingThrough, lookingAside, type Node, type Site, uncached } from './node.js';

/** One rung of the ladder: all that the rungs below it have, and one thing more. */
export interface Rung {
  readonly name: string;
  readonly adds: string;
  /** A new process. */
  readonly node: (site: Site) => Node;
}

/** `hardTimeout` is there for what hangs: it is longer than a query takes while the database is slow. */
const STALE_RULES = {
  staleIfError: '1d',
  retryAfter: '1m',
  softTimeout: 200,
  hardTimeout: '10s',
} as const satisfies Partial<CacheOptions>;

const AND_EARLY_REFRESH = { ...STALE_RULES, earlyRefresh: 0.8 } as const;

export const RUNGS: readonly Rung[] = [
  { name: 'no cache', adds: 'every request is a query', node: uncached },
  { name: 'memory', adds: 'a cache in each node: get, or query and set', node: lookingAside },
  {
    name: '+ one flight',
    adds: 'getOrSet: who asks for a key that is being loaded waits for that load',
    node: (site) => loadingThrough(site, { backend: near(site) }),
  },
  {
    name: '+ stale rules and timeouts',
    adds: 'an old value where the load fails, or takes longer than 200 ms',
    node: (site) => loadingThrough(site, { backend: near(site), ...STALE_RULES }),
  },
  {
    name: '+ early refresh',
    adds: 'a hit in the last fifth of the ttl reloads in the background',
    node: (site) => loadingThrough(site, { backend: near(site), ...AND_EARLY_REFRESH }),
  },
  {
    name: '+ shared tier',
    adds: 'a tier behind all nodes, 1 ms away; one node loads for all',
    node: (site) =>
      loadingThrough(site, { backend: tiered([near(site), far(site)]), bus: false, ...AND_EARLY_REFRESH }),
  },
  {
    name: '+ bus',
    adds: 'what one node deletes, the others forget, 1 ms later',
    node: (site) =>
      loadingThrough(site, {
        backend: tiered([near(site), far(site)]),
        bus: heard(site),
        ...AND_EARLY_REFRESH,
      }),
  },
];

function near({ clock }: Site): Backend {
  return memory({ clock });
}

/** A way to the server that takes 1 ms. */
function far({ clock, delays, shared }: Site): Backend {
  return shared.connect({ clock, travel: (_operation, _key, work) => delays.after(1).then(work) });
}

function heard({ clock, bus }: Site): Bus {
  return chaosBus(bus.connect(), { clock, delay: 1 });
}
