import { type ConfigPath, pathText } from './problem.js';

/**
 * Where a number under 1000 was probably meant as seconds. Not `softTimeout`: a fraction of a second is what it is for.
 * The windows and the pause of `retryAfter` are given in seconds in the headers of HTTP, and a `hardTimeout` that was
 * meant as seconds would end every load.
 */
const DURATIONS = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'retryAfter',
  'hardTimeout',
  'maxTtl',
  'timeout',
  'sweepEvery',
  'connectTimeout',
  'commandTimeout',
  'socketTimeout',
  'healthCheckInterval',
];

let warned = false;

/** Warns, once per process, of lengths of time that were probably meant as seconds. */
export function warnOfShortDurations(config: unknown): void {
  const short = warned ? [] : shortDurations(config, []);
  if (short.length === 0) return;
  warned = true;
  const list = short.map(({ path, ms }) => `${pathText(path)} is ${ms} ms`).join(', ');
  console.warn(
    `keepsake: ${list}: a number is milliseconds. Write the unit, such as '${short[0]?.ms}s' or '${short[0]?.ms}ms'.`,
  );
}

interface Short {
  readonly path: ConfigPath;
  readonly ms: number;
}

function shortDurations(value: unknown, path: ConfigPath): Short[] {
  if (typeof value === 'number') return isDuration(path) && value < 1000 ? [{ path, ms: value }] : [];
  if (Array.isArray(value)) return value.flatMap((each, i) => shortDurations(each, [...path, i]));
  if (typeof value !== 'object' || value === null || path.at(-1) === 'client' || path.at(-1) === 'store')
    return [];
  return Object.entries(value).flatMap(([name, each]) => shortDurations(each, [...path, name]));
}

function isDuration(path: ConfigPath): boolean {
  return path.at(-2) === 'profiles' || DURATIONS.includes(String(path.at(-1)));
}
