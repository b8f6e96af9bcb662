import type { Engine } from '../cache/engine.js';
import type { Backoff } from '../flights/backoffs.js';
import type { Flight } from '../flights/flight.js';
import { splitStoredKey } from '../keys/namespace-path.js';
import { all } from '../tiers/all.js';
import { type Circumstances, foreseen } from './call-verdict.js';
import type { BackoffExplanation, ExplainedRules, Explanation, FlightExplanation } from './explanation.js';
import { explainedError } from './in-words.js';
import { linesOf } from './lines.js';
import { TagLooks } from './tag-looks.js';
import { tierExplanation } from './tier-explanation.js';
import { lookAt } from './tier-look.js';

/**
 * What a call for `storedKey` that goes by `rules` would meet in the tick in which this is asked. It looks on, and changes
 * nothing.
 */
export async function explain(
  engine: Engine,
  storedKey: string,
  rules: ExplainedRules,
): Promise<Explanation> {
  const now = engine.clock.now();
  const moment = momentOf(engine, storedKey, now);
  const tags = new TagLooks(engine);
  const looks = await all(
    engine.tiers.tiers.map((tier) => lookAt(engine, tier, storedKey, tags)),
    (seen) => seen,
  );
  const told = {
    key: splitStoredKey(storedKey).key,
    storedKey,
    ...foreseen({ ...moment, rules, looks }),
    tiers: looks.map((look) => tierExplanation(look, rules, now)),
    flight: moment.flight,
    backoff: moment.backoff,
    rules,
  };
  const lines = linesOf(told, now);
  // Not shown where the data is.
  return Object.defineProperty({ ...told, lines }, 'toString', { value: () => lines.join('\n') });
}

/** What passes: it has to be read before a slow tier answers. */
function momentOf(
  { flights, tiers }: Engine,
  storedKey: string,
  now: number,
): Omit<Circumstances, 'rules' | 'looks'> {
  const running = flights.running(storedKey);
  const { stale } = running ?? {};
  return {
    now,
    flight: flightExplanation(running, now),
    sighted: stale && { name: tiers.tiers[stale.index]?.name ?? '', entry: stale.entry },
    backoff: backoffExplanation(flights.backoff(storedKey)),
  };
}

function flightExplanation(flight: Flight | undefined, now: number): FlightExplanation | undefined {
  if (!flight) return undefined;
  const { startedAt, waiting, background } = flight;
  return { startedAt, runningFor: now - startedAt, waiting, background };
}

function backoffExplanation(backoff: Backoff | undefined): BackoffExplanation | undefined {
  if (!backoff) return undefined;
  const { kind, until, error } = backoff;
  return { kind, until, error: kind === 'elsewhere' ? undefined : explainedError(error) };
}
