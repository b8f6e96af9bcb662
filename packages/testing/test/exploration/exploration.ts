import fc from 'fast-check';
import { programs, STARTS, type Start, type Step } from './step.js';
import { World, type WorldOptions } from './world.js';

/** How many programs each property is tried on. */
export const RUNS = Number(process.env.KEEPSAKE_EXPLORATION_RUNS ?? 300);

interface ExplorationOptions extends WorldOptions {
  readonly types: readonly Step['type'][];
  /** @default all of them */
  readonly starts?: readonly Start[];
  /** What else has to be true of a world in the end: what is wrong with it, if anything is. */
  readonly wrong?: (world: World) => string | undefined;
  /** Called with every world at its end. */
  readonly seen?: (world: World) => void;
}

/** No read sees less than it must, in any order of steps, requests, answers, loads, messages and timers. */
export function exploration(
  options: ExplorationOptions,
): fc.IAsyncPropertyWithHooks<[fc.Scheduler, Start, Step[]]> {
  const { types, starts = STARTS, wrong, seen } = options;
  return fc.asyncProperty(
    fc.scheduler(),
    fc.constantFrom(...starts),
    programs(types),
    async (scheduler, start, steps) => {
      const world = new World(scheduler, options);
      await world.prepare(start);
      await world.live(steps);
      seen?.(world);
      const problems = [...world.violations, wrong?.(world) ?? []].flat();
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
  );
}

/**
 * What the first counterexample says; fewer kinds of steps meet sooner. The number of runs is only a bound: the search
 * ends with the first one, which is not shrunk.
 *
 * @param seed - one that gets there soon, which saves time and nothing else
 */
export async function counterexample(options: ExplorationOptions, seed: number): Promise<string> {
  const result = await fc.check(exploration(options), { numRuns: 100_000, endOnFailure: true, seed });
  return String(result.errorInstance);
}
