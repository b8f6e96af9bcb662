import type { Explanation, TierExplanation } from './explanation.js';
import { forAnother, inWords } from './in-words.js';

/** What there is to tell. */
type Told = Omit<Explanation, 'lines' | 'toString'>;

/** The report: what a call would do, and below it why. `now` is the instant that it speaks of. */
export function linesOf(told: Told, now: number): readonly string[] {
  const details = [
    `stored as ${told.storedKey}`,
    ...told.tiers.map((tier) => tierLine(tier)),
    ...flightLine(told),
    ...backoffLine(told, now),
    ...rulesLine(told),
  ];
  const first = `${shortened(told.key)}: ${told.verdict}. ${sentence(told)}`;
  return [first, ...details.map((line) => `  ${line}`)].map(onOneLine);
}

/** A digest is long, and the whole key is told below. */
function shortened(key: string): string {
  return key.replace(/([0-9a-f]{8})[0-9a-f]{56}$/, '$1…');
}

/** Keys and tags may hold anything. */
function onOneLine(line: string): string {
  return line.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sentence(told: Told): string {
  const { verdict, tier, reloads, fallback, flight } = told;
  const otherwise = fallback === undefined ? '' : ` ${ifItFails(told)}`;
  switch (verdict) {
    case 'hit':
      return `A call gets the value of ${tier}${reloads ? ', and reloads it early in the background' : ''}.`;
    case 'stale':
      return `A call gets the stale value of ${tier} at once, ${meanwhile(told)}.`;
    case 'join':
      return `A call waits for the load that has been running for ${inWords(flight?.runningFor ?? 0)}.${otherwise}`;
    case 'load':
      return `A call loads${isShared(told) ? ', unless another process is loading' : ''}.${otherwise}`;
    case 'rethrow':
      return 'A call gets the remembered error again.';
  }
}

/** Whether other processes may hold the lease: only asking for it would tell. */
function isShared({ tiers }: Told): boolean {
  const back = tiers.at(-1);
  return back?.breaker !== undefined && back.state !== 'unavailable';
}

function meanwhile({ reloads, flight, backoff }: Told): string {
  if (reloads) return 'and reloads it in the background';
  if (flight) return 'while it is being loaded';
  return backoff ? 'while its source is spared' : 'and fetches the fresh one of a tier behind it';
}

function ifItFails({ fallback, rules }: Told): string {
  const { softTimeout, hardTimeout } = rules;
  const patience = Math.min(softTimeout, hardTimeout);
  const slow = patience === Number.POSITIVE_INFINITY ? '' : ` or takes longer than ${inWords(patience)}`;
  return `If that fails${slow}, it gets the stale value of ${fallback}.`;
}

function tierLine({ name, state, reason, age, freshFor, goneIn, tags }: TierExplanation): string {
  const worth = state === 'invalid' || state === 'unavailable' ? `${state}, ${reason}` : reason;
  const stored = age === undefined ? '' : `; stored ${inWords(age)} ago`;
  // Where these are the same, or it is gone before that, the reason has said so.
  const outlives = goneIn !== undefined && freshFor !== undefined && goneIn > freshFor;
  const gone = outlives && goneIn < Number.POSITIVE_INFINITY ? `, gone in ${inWords(goneIn)}` : '';
  const own = tags.filter(({ implicit, valid }) => valid && !implicit).map(({ tag }) => `'${tag}'`);
  return `${name}: ${worth}${stored}${gone}${own.length > 0 ? `; tags ${own.join(', ')}` : ''}`;
}

function flightLine({ flight }: Told): string[] {
  if (!flight) return [];
  const { runningFor, background, waiting } = flight;
  const callers =
    waiting === 0 ? 'nobody waits' : waiting === 1 ? '1 caller waits' : `${waiting} callers wait`;
  return [`load: running for ${inWords(runningFor)}${background ? ' in the background' : ''}, ${callers}`];
}

function backoffLine({ backoff }: Told, now: number): string[] {
  if (!backoff) return [];
  const left = forAnother(backoff.until - now);
  const { kind, error } = backoff;
  if (kind === 'rethrow') return [`error: ${error?.name} is remembered ${left}`];
  const why =
    kind === 'elsewhere' ? 'since another process is loading' : `since a load failed (${error?.name})`;
  return [`source: spared ${left}, ${why}`];
}

function rulesLine({ rules }: Told): string[] {
  const stale = (['staleWhileRevalidate', 'staleIfError'] as const).filter((rule) => rules[rule] > 0);
  const timeouts = (['softTimeout', 'hardTimeout'] as const).filter(
    (rule) => rules[rule] < Number.POSITIVE_INFINITY,
  );
  const { ttl, earlyRefresh: early } = rules;
  const given = [
    ...(ttl === undefined ? [] : [`ttl ${inWords(ttl)}`]),
    ...[...stale, ...timeouts].map((rule) => `${rule} ${inWords(rules[rule])}`),
    ...(early === undefined
      ? []
      : [`earlyRefresh ${typeof early === 'object' ? `beta ${early.beta}` : early}`]),
  ];
  return given.length > 0 ? [`rules: ${given.join(', ')}`] : [];
}
