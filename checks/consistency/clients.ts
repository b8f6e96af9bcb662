import { CacheInvalidationError } from '@keepsake/core';
import { seeded } from '../../packages/testing/src/random.js';
import type { Recorder } from './recorder.js';
import { pause } from './shared-clock.js';
import type { Invalidation, Subject, Value } from './subjects.js';
import type { Truth } from './truth.js';

/** What the clients of one process have in common. */
export interface Surroundings {
  readonly process: number;
  /** The processes from 0 on that write. */
  readonly writingProcesses: number;
  readonly seed: number;
  readonly subjects: readonly Subject[];
  readonly truth: Truth;
  readonly recorder: Recorder;
  readonly now: () => number;
  readonly isOver: () => boolean;
}

/**
 * For so long, in ms, one key is written, then the next one: what stays behind is seen before another invalidation of its
 * key heals it.
 */
const SEASON = 100;

/** Reads keys, in an order that the seed decides, until it is over. */
export async function reader(client: number, at: Surroundings): Promise<void> {
  const random = seeded(at.seed * 7919 + at.process * 101 + client);
  while (!at.isOver()) {
    const subject = pick(at.subjects, random);
    // Mostly the first way: the others load nothing.
    const read = random() < 0.8 ? subject.reads[0] : pick(subject.reads, random);
    await readOnce(client, at, subject.key, read as Subject['reads'][number]);
    await pause(random() < 0.8 ? random() * 5 : random() * 25);
  }
}

/** Changes the truth of the key whose season it is and invalidates it, until it is over. */
export async function writer(client: number, at: Surroundings): Promise<void> {
  const random = seeded(at.seed * 7919 + at.process * 101 + client);
  let last = -1;
  while (!at.isOver()) {
    const season = Math.floor(at.now() / SEASON);
    const subject = at.subjects[season % at.subjects.length] as Subject;
    if (isTurnOf(client, season, season === last, subject, at)) {
      last = season;
      await writeOnce(client, at, subject, random);
    }
    await pause(10 + random() * 50);
  }
}

/**
 * In every second season all writers write, so that invalidations meet. In the others one of them writes once: if that
 * one is missed, no other one heals it.
 */
function isTurnOf(
  client: number,
  season: number,
  wroteAlready: boolean,
  { isSet }: Subject,
  { process, writingProcesses }: Surroundings,
): boolean {
  if (isSet && (process > 0 || client > 0)) return false;
  if (season % 2 === 0) return true;
  return !wroteAlready && client === 0 && (isSet || season % writingProcesses === process);
}

/** Reads every key once. */
export async function readAll(at: Surroundings): Promise<void> {
  for (const { key, reads } of at.subjects) await readOnce(0, at, key, reads[0] as () => Promise<Value>);
}

async function readOnce(
  client: number,
  { process, recorder, now }: Surroundings,
  key: string,
  read: () => Promise<Value | undefined>,
): Promise<void> {
  const start = now();
  try {
    const value = await read();
    const end = now();
    if (value === undefined) return;
    if (value.key !== key) throw new Error(`The value of ${value.key} was read.`);
    recorder.reads.push({ process, client, key, start, end, version: value.version });
  } catch (error) {
    recorder.trouble(`read of ${key}`, error);
  }
}

async function writeOnce(
  client: number,
  { process, recorder, truth, now }: Surroundings,
  { key, invalidations }: Subject,
  random: () => number,
): Promise<void> {
  const { via, strict, invalidate } = pick(invalidations, random) as Invalidation;
  const options = strict && random() < 0.2 ? { strict: true } : {};
  const start = now();
  const version = await truth.bump(key);
  const bumped = now();
  if (random() < 0.3) await pause(random() * 8);
  let acknowledged: number | undefined;
  try {
    await invalidate(options, { key, version });
    acknowledged = now();
  } catch (error) {
    const isAllowed = options.strict && error instanceof CacheInvalidationError;
    if (!isAllowed) recorder.trouble(`${via} of ${key}`, error);
  }
  recorder.writes.push({ process, client, key, via, version, start, bumped, acknowledged });
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}
