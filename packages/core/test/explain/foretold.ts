import type { CacheEvents, Explanation, GetOrSetOptions, Verdict } from '@keepsake/core';
import { type Fleet, gate, type Node, recorded, within } from '../cache/fleet.js';

/** What became of a call. */
interface Outcome {
  readonly verdict: Verdict;
  /** The tier that served it. */
  readonly tier: string | undefined;
  /** Whether its loader runs. */
  readonly loads: boolean;
}

/** A call that was explained first. */
export interface Foretold {
  readonly explanation: Explanation;
  /** Lets its load, if there is one, end or fail. */
  readonly end: (failure?: Error) => Promise<void>;
}

/**
 * Explains what `getOrSet` would do, and then does it: the load hangs until it is ended. Fails the test unless the
 * explanation was right.
 */
export async function foretold(
  fleet: Fleet,
  node: Node,
  key: string,
  options: GetOrSetOptions<unknown> = {},
): Promise<Foretold> {
  const explanation = await within(fleet.clock, 0, node.cache.explain(key, options));
  const isLeased = await leased(fleet, `keepsake:${key}`);
  const { outcome, end } = await called(fleet, node, key, options);
  expect(foreseen(explanation)).toEqual(isLeased ? orWaiting(outcome, explanation) : outcome);
  return { explanation, end };
}

function foreseen({ verdict, tier, reloads }: Explanation): Outcome {
  return { verdict, tier, loads: reloads || verdict === 'load' };
}

/** Whether somebody else is loading cannot be known without asking for the lease. */
function orWaiting(outcome: Outcome, explanation: Explanation): Outcome {
  const { verdict, loads } = foreseen(explanation);
  const waits = verdict === 'load' && outcome.verdict === 'join';
  return { ...outcome, loads, verdict: waits ? verdict : outcome.verdict };
}

async function called(
  { clock }: Fleet,
  { cache }: Node,
  key: string,
  options: GetOrSetOptions<unknown>,
): Promise<{ readonly outcome: Outcome; readonly end: Foretold['end'] }> {
  const load = gate<unknown>();
  // Nobody may have asked for it when it fails.
  load.promise.catch(() => undefined);
  let loads = false;
  const stream = recorded(cache);
  const loader = (): Promise<unknown> => {
    loads = true;
    return load.promise;
  };
  cache.getOrSet(key, loader, options).catch(() => undefined);
  await clock.advance(0);
  const outcome = { ...served(stream, loads), loads };
  const end = async (failure?: Error): Promise<void> => {
    if (failure) load.fail(failure);
    else load.open('loaded');
    await clock.advance(0);
  };
  return { outcome, end };
}

function served(stream: ReturnType<typeof recorded>, loads: boolean): Omit<Outcome, 'loads'> {
  for (const verdict of ['hit', 'stale'] as const) {
    const event = stream.find(([type]) => type === verdict)?.[1] as CacheEvents['hit'] | undefined;
    if (event) return { verdict, tier: event.tier };
  }
  const rethrown = stream.some(([type]) => type === 'rethrow');
  return { verdict: rethrown ? 'rethrow' : loads ? 'load' : 'join', tier: undefined };
}

/** Whether somebody holds the lease of `key`. */
async function leased({ server }: Fleet, key: string): Promise<boolean> {
  const connection = server.connect();
  try {
    const acquired = await connection.acquire?.(key, 'onlooker', 1, 'refresh');
    await connection.release?.(key, 'onlooker');
    return acquired !== undefined && 'held' in acquired;
  } catch {
    // Nobody can hold a lease of a server that is down.
    return false;
  }
}
