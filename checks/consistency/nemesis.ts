import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import type { Fleet } from './fleet.js';
import { pause } from './shared-clock.js';

/** Breaks something, again and again, while the processes go on. */
export interface Nemesis {
  readonly name: string;
  /** The pause between two strikes, in ms. */
  readonly every: number;
  /** Resolves when what it broke is whole again. The only process that it concerned, if there is one. */
  strike?(fleet: Fleet, random: () => number): Promise<{ readonly process: number } | undefined>;
}

/** How long the bus is kept from coming back at most, in ms. */
const CUT_FOR = 300;
/** How long the server is mute, in ms, and how much longer at most: always longer than the timeout of a tier. */
const MUTE = 300;
const LONGER = 700;
/** How long a process stands still, in ms. */
const FROZEN = 500;
/** The name that the bus gives its connections. */
const BUS = 'keepsake-bus';
/** The name of the one that cuts the others. */
const OWN = 'nemesis';

const NONE: Nemesis = { name: 'none', every: Number.POSITIVE_INFINITY };

const CUT: Nemesis = {
  name: 'bus cut',
  every: 700,
  strike: (fleet, random) => cut(fleet, random() * CUT_FOR, (name) => name === BUS),
};

const CUT_OFF: Nemesis = {
  name: 'all connections cut',
  every: 1500,
  strike: (fleet, random) => cut(fleet, random() * CUT_FOR, (name) => name !== OWN),
};

const MUTED: Nemesis = {
  name: 'server paused',
  every: 1500,
  async strike({ cache }, random) {
    cache.freeze();
    await pause(MUTE + random() * LONGER);
    cache.thaw();
    return undefined;
  },
};

const RESTARTED: Nemesis = {
  name: 'server restarted',
  every: 1500,
  async strike(fleet) {
    await fleet.restart();
    return undefined;
  },
};

const HELD: Nemesis = {
  name: 'reader frozen',
  every: 1700,
  async strike({ workers }) {
    const process = workers.length - 1;
    await frozen(workers[process]?.pid as number, FROZEN);
    return { process };
  },
};

/** The ways in which the check disturbs, mildest first. */
export const NEMESES: readonly Nemesis[] = [NONE, CUT, CUT_OFF, MUTED, RESTARTED, HELD];

/** Kills the connections whose names `concerns`, and those that come in their place for `ms`. */
async function cut(
  { cache, now }: Fleet,
  ms: number,
  concerns: (name: string) => boolean,
): Promise<undefined> {
  const admin = new Redis(cache.port, '127.0.0.1', { connectionName: OWN });
  const until = now() + ms;
  try {
    do {
      for (const id of connections(String(await admin.client('LIST')), concerns)) {
        await admin.client('KILL', 'ID', id);
      }
    } while (now() < until);
  } finally {
    admin.disconnect();
  }
}

/** The ids of the connections in an answer to CLIENT LIST whose names `concerns`. */
function connections(list: string, concerns: (name: string) => boolean): readonly string[] {
  return [...list.matchAll(/^id=(\d+) .*\bname=(\S*)/gm)]
    .filter(([, , name]) => concerns(name as string))
    .map(([, id]) => id as string);
}

/** A shell of its own thaws the process again: nothing stays frozen if this process is killed meanwhile. */
async function frozen(pid: number, ms: number): Promise<void> {
  const script = `kill -STOP ${pid}; sleep ${ms / 1000}; kill -CONT ${pid}`;
  await once(spawn('sh', ['-c', script], { stdio: 'ignore' }), 'exit');
}
