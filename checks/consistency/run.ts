import { seeded } from '../../packages/testing/src/random.js';
import { check, type Violation } from './checker.js';
import type { Limits } from './deadline.js';
import { Fleet, type FleetOptions } from './fleet.js';
import type { Disturbance, History, Read } from './history.js';
import type { Nemesis } from './nemesis.js';
import type { Trouble } from './recorder.js';
import { pause } from './shared-clock.js';
import { Truth } from './truth.js';

export interface RunOptions extends FleetOptions {
  /** One after the other, in one history. */
  readonly nemeses: readonly Nemesis[];
  /** How long each of them has. */
  readonly seconds: number;
  readonly limits: Limits;
}

/** What came of a run. */
export interface Outcome {
  readonly history: History;
  readonly violations: readonly Violation[];
  /** Everything else that should not be: errors, outputs, processes that did not end. */
  readonly troubles: readonly Trouble[];
  /** Invalidations that were owed and done later. */
  readonly replayed: number;
  /** The longest that a process took to tell the time, in ms. */
  readonly clockUncertainty: number;
}

/** Who says what went wrong if no process does. */
const OBSERVER = -1;
/** By when what was owed has to be done, in ms, after the end of the last disturbance. */
const LONGEST_DEBT = 3000;

/** Lets processes read and write while nemeses strike, and checks what they saw. */
export async function run(options: RunOptions): Promise<Outcome> {
  const fleet = await Fleet.start(options);
  try {
    const disturbances = await disturbed(fleet, options);
    const { last, truth, troubles } = await atRest(fleet, options.limits);
    const records = await Promise.all(fleet.workers.map((worker) => worker.ask('record')));
    troubles.push(...records.flatMap((record) => record.troubles), ...(await ends(fleet)));
    const replayed = records.reduce((sum, record) => sum + record.replayed, 0);
    const history: History = {
      reads: records.flatMap(({ reads }) => reads),
      writes: records.flatMap(({ writes }) => writes),
      blocked: records.flatMap(({ blocked }) => blocked),
      disturbances,
      last,
      truth,
    };
    const violations = check(history, options.limits);
    return { history, violations, troubles, replayed, clockUncertainty: fleet.clockUncertainty };
  } finally {
    await fleet.stop();
  }
}

async function disturbed(
  fleet: Fleet,
  { nemeses, seconds, seed }: RunOptions,
): Promise<readonly Disturbance[]> {
  const random = seeded(seed);
  await Promise.all(fleet.workers.map((worker) => worker.ask('run')));
  const disturbances: Disturbance[] = [];
  for (const nemesis of nemeses) {
    const until = fleet.now() + seconds * 1000;
    // Each strikes at least once, however short its time is.
    const every = Math.min(nemesis.every, (seconds * 1000) / 2);
    while (fleet.now() + every < until) {
      await pause(every);
      const from = fleet.now();
      const concerned = await nemesis.strike?.(fleet, random);
      if (nemesis.strike) disturbances.push({ what: nemesis.name, from, to: fleet.now(), ...concerned });
    }
    await pause(until - fleet.now());
  }
  return disturbances;
}

interface Rest {
  readonly last: readonly Read[];
  readonly truth: Readonly<Record<string, number>>;
  readonly troubles: Trouble[];
}

/** Ends the clients, waits until nothing is owed and what was broken has had its time, and reads everything once more. */
async function atRest(fleet: Fleet, limits: Limits): Promise<Rest> {
  const { workers } = fleet;
  await Promise.all(workers.map((worker) => worker.ask('stop')));
  const troubles: Trouble[] = [];
  if (!(await fleet.isCalm(LONGEST_DEBT))) troubles.push(observed(fleet, 'Something is still owed.'));
  await pause(limits.disturbed);
  const last = (await Promise.all(workers.map((worker) => worker.ask('readAll')))).flat();
  const source = new Truth(fleet.truthPort);
  const keys = [...new Set(last.map(({ key }) => key))];
  const versions = await Promise.all(keys.map(async (key) => [key, await source.version(key)] as const));
  await source.close();
  return { last, truth: Object.fromEntries(versions), troubles };
}

async function ends(fleet: Fleet): Promise<readonly Trouble[]> {
  const ended = await Promise.all(
    fleet.workers.map(async (worker, index) => ({
      index,
      byItself: await worker.end(),
      said: worker.output,
    })),
  );
  return ended.flatMap(({ index, byItself, said }) => [
    ...(byItself ? [] : [observed(fleet, `Process ${index} did not end by itself.`)]),
    ...(said ? [observed(fleet, `Process ${index} printed: ${said}`)] : []),
  ]);
}

function observed(fleet: Fleet, what: string): Trouble {
  return { process: OBSERVER, at: fleet.now(), what };
}
