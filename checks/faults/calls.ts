import type { Answer } from './orders.js';
import { NotOffered } from './subjects/subject.js';
import { machineNow } from './wall-clock.js';

/** One call of a cache; `loading` is to be told when its loader runs. */
export type Call = (loading: () => void) => unknown;

const HUNG = Symbol('hung');

/** Makes the calls all at once, waits `within` ms for each, and counts what became of them. `undefined`: cannot be called. */
export async function tally(
  calls: readonly (Call | undefined)[],
  within: number,
): Promise<Omit<Answer, 'id'>> {
  const start = performance.now();
  let loads = 0;
  let ms = 0;
  const loading = (): void => void loads++;
  const timed = calls.map(async (call) => {
    try {
      return await limited(call?.(loading), within);
    } finally {
      ms = Math.max(ms, performance.now() - start);
    }
  });
  const settled = await Promise.allSettled(timed);
  const given = settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  return {
    ms,
    at: machineNow(),
    values: given.map((value) => (value === HUNG ? undefined : value)),
    loads,
    hung: given.filter((value) => value === HUNG).length,
    errors: settled.flatMap((one) => (one.status === 'rejected' ? [nameOf(one.reason)] : [])),
    ...(calls.includes(undefined) || settled.some(isNotOffered) ? { missing: true } : {}),
  };
}

/** What `work` comes to, or `HUNG` after `within` ms. The timer keeps the process alive, as a server's socket would. */
async function limited(work: unknown, within: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, within, HUNG);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function isNotOffered(one: PromiseSettledResult<unknown>): boolean {
  return one.status === 'rejected' && one.reason instanceof NotOffered;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 100)}` : String(error);
}
