// One process of the check: a cache over its own memory and the shared Redis, with clients. Started by `worker.ts`.
import { type Backend, type Cache, tiered } from '@keepsake/core';
import { redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import { createCacheWith } from '../../packages/core/src/cache/create-cache.js';
import { seeded } from '../../packages/testing/src/random.js';
import { readAll, reader, type Surroundings, writer } from './clients.js';
import type { Answer, Assignment, Order, Orders } from './messages.js';
import { NoEpochs, type Protection, withoutLeases, withoutReplay } from './protections.js';
import { Recorder } from './recorder.js';
import { pause, sharedClock } from './shared-clock.js';
import { subjectsOf, type Value } from './subjects.js';
import { Truth } from './truth.js';

const assignment = JSON.parse(process.argv[2] as string) as Assignment;
const { process: self, seed, readers, writers, without } = assignment;
const now = sharedClock(BigInt(assignment.origin));
const recorder = new Recorder(self, now);
const truth = new Truth(assignment.truthPort);
const cache = createCacheWith(
  { backend: tiered([memory(), shared(without)]), namespace: 'consistency' },
  without === 'fencing' ? new NoEpochs() : undefined,
);
cache.on('replayed', ({ count }) => {
  recorder.replayed += count;
});
let isOver = false;
let clients: Promise<unknown> = Promise.resolve();

const at: Surroundings = {
  process: self,
  writingProcesses: assignment.writingProcesses,
  seed,
  subjects: subjectsOf(cache, slowLoader(seeded(seed + self)), assignment.keys),
  truth,
  recorder,
  now,
  isOver: () => isOver,
};

const orders: Orders = {
  time: now,
  run() {
    const reading = Array.from({ length: readers }, (_, i) => reader(writers + i, at));
    clients = Promise.all([...reading, ...Array.from({ length: writers }, (_, i) => writer(i, at))]);
  },
  async stop() {
    isOver = true;
    await clients;
  },
  owed: () => cache.stats().owed,
  async readAll() {
    const recorded = recorder.reads.length;
    await readAll(at);
    return recorder.reads.splice(recorded);
  },
  record: () => recorder.record(),
  call: (key, callers, loadTime) => called(cache, key, callers, loadTime),
  async close() {
    await cache.close();
    await truth.close();
  },
};

process.on('unhandledRejection', (reason) => recorder.trouble('unhandled rejection', reason));
process.on('uncaughtException', (error) => recorder.trouble('uncaught exception', error));
// Whoever started this process is gone.
process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => void obeyed(order));

async function obeyed({ id, name, args }: Order): Promise<void> {
  let answer: Answer;
  try {
    answer = { id, result: await (orders[name] as (...args: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    answer = { id, error: String(error) };
  }
  process.send?.(answer);
  // Now nothing of ours is left that could keep this process alive: if it lives on, the cache is to blame.
  if (name === 'close') process.channel?.unref();
}

function shared(missing: Protection | undefined): Backend {
  const backend = redis(`redis://127.0.0.1:${assignment.cachePort}`);
  if (missing === 'leases') return withoutLeases(backend);
  return missing === 'replay' ? withoutReplay(backend) : backend;
}

/** Looks at the truth first and takes its time afterwards, as a slow query does. */
function slowLoader(random: () => number): (key: string) => Promise<Value> {
  return async (key) => {
    const version = await truth.version(key);
    await pause(random() < 0.9 ? random() * 30 : 30 + random() * 120);
    return { key, version };
  };
}

function called(by: Cache, key: string, callers: number, loadTime: number): Promise<readonly number[]> {
  const load = async (): Promise<number> => {
    const loads = await truth.bump(key);
    await pause(loadTime);
    return loads;
  };
  return Promise.all(Array.from({ length: callers }, () => by.getOrSet(key, load, { ttl: '1m' })));
}
