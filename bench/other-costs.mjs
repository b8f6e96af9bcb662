// What else is paid for often: misses, the cache by key, a decorated method, and the tiers by themselves.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cached, createCache } from '@keepsake/core';
import { file } from '@keepsake/file';
import { memory } from '@keepsake/memory';
import { floor } from './contenders/floor.mjs';
import { interleaved, median, ratio } from './harness.mjs';
import { ARGUMENTS, callInTurn, callInTurnSync, countingLoader, KEYS, ROOM } from './workload.mjs';

const { object, string } = ARGUMENTS;
const HOUR = 3_600_000;
const ONE_KB = 'x'.repeat(1024);
/** Fewer than elsewhere: writing them is most of the set-up. */
const FILES = 2000;

/** By cost: ns per operation, and its ratio to the floor of this run. A miss is told without its loader. */
export async function otherCosts(effort) {
  const directory = await mkdtemp(join(tmpdir(), 'keepsake-bench-'));
  try {
    const cases = [floorCase(), loaderAlone()];
    cases.push(await decoratedHit(), await readyGetOrSet(), await readyGet(), miss('object'), miss('string'));
    cases.push(tierGet(), tierReplace(), tierAdd(), ...(await fileCases(directory)));
    return told(cases, await interleaved(cases, effort));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const FLOOR = floor.name;
const LOADER = 'a loader that is not cached';

function told(cases, times) {
  return Object.fromEntries(
    cases.map(({ name, beyondLoader }) => {
      const own = beyondLoader ? times[name].map((ns, round) => ns - times[LOADER][round]) : times[name];
      return [
        name,
        {
          ns: median(own),
          fastest: Math.min(...own),
          slowest: Math.max(...own),
          toFloor: ratio(own, times[FLOOR]),
        },
      ];
    }),
  );
}

function floorCase() {
  const call = floor.create(countingLoader());
  return { name: FLOOR, run: (ops) => callInTurn(call, object, ops) };
}

function loaderAlone() {
  return { name: LOADER, run: (ops) => callInTurn(countingLoader(), object, ops) };
}

/** `@Cached` on a method, applied by hand as TypeScript's legacy decorators do. */
async function decoratedHit() {
  class Users {
    async find(argument) {
      return { of: argument.id, n: 1 };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'find');
  const decorate = Cached({ cache: cacheInMemory(), ttl: '1h', perInstance: false });
  const decorated = decorate(Users.prototype, 'find', descriptor) ?? descriptor;
  Object.defineProperty(Users.prototype, 'find', decorated);
  const users = new Users();
  const call = (argument) => users.find(argument);
  for (let i = 0; i < KEYS; i++) await call(object(i));
  return { name: '`@Cached` method, hit, one object', run: (ops) => callInTurn(call, object, ops) };
}

async function readyGetOrSet() {
  const cache = cacheInMemory();
  const policy = { ttl: '1h' };
  const load = async () => ({ n: 1 });
  const call = (key) => cache.getOrSet(key, load, policy);
  for (let i = 0; i < KEYS; i++) await call(string(i));
  return { name: '`cache.getOrSet`, hit, ready key', run: (ops) => callInTurn(call, string, ops) };
}

async function readyGet() {
  const cache = cacheInMemory();
  for (let i = 0; i < KEYS; i++) await cache.set(string(i), { n: 1 });
  return { name: '`cache.get`, hit', run: (ops) => callInTurn((key) => cache.get(key), string, ops) };
}

/** Each call has an argument never seen before; the cache is emptied between batches, so nothing is evicted. */
function miss(kind) {
  const argumentOf = { object, string: (i) => `user-${i}` }[kind];
  const cache = cacheInMemory();
  const loader = countingLoader();
  const call = cache.cached(loader, { id: 'find' });
  return {
    name: `\`cached()\`, miss beyond its loader, one ${kind}`,
    beyondLoader: true,
    maxOps: KEYS,
    before: () => cache.clear(),
    run: async (ops) => {
      const loads = loader.calls;
      for (let i = 0; i < ops; i++) await call(argumentOf(i));
      return loader.calls - loads;
    },
  };
}

function tierGet() {
  const tier = filledTier();
  const call = (key) => tier.get(key).value;
  return { name: 'memory tier, get', run: (ops) => callInTurnSync(call, string, ops) };
}

function tierReplace() {
  const tier = filledTier();
  const call = (key) => {
    const entry = freshEntry({ n: 1 });
    tier.set(key, entry);
    return entry.value;
  };
  return { name: 'memory tier, set in place of an entry', run: (ops) => callInTurnSync(call, string, ops) };
}

function tierAdd() {
  const tier = memory({ maxEntries: ROOM });
  return {
    name: 'memory tier, set of a new key',
    maxOps: KEYS,
    before: () => tier.clear(),
    run: (ops) => {
      for (let i = 0; i < ops; i++) tier.set(string(i), freshEntry({ n: 1 }));
      return tier.info().size;
    },
  };
}

/** Each in a directory of its own: the first read of a file after it was replaced is slower. */
async function fileCases(directory) {
  const nameOf = (i) => string(i % FILES);
  const read = file({ directory: join(directory, 'read') });
  const written = file({ directory: join(directory, 'written') });
  const get = (key) => ({ n: read.get(key).value.length / ONE_KB.length });
  const set = async (key) => {
    await written.set(key, freshEntry(ONE_KB));
    return { n: 1 };
  };
  for (let i = 0; i < FILES; i++) await read.set(nameOf(i), freshEntry(ONE_KB));
  return [
    { name: 'file tier, get of 1 KB, in the tick', run: (ops) => callInTurnSync(get, nameOf, ops) },
    { name: 'file tier, set of 1 KB (elapsed)', waits: true, run: (ops) => callInTurn(set, nameOf, ops) },
  ];
}

function filledTier() {
  const tier = memory({ maxEntries: ROOM });
  for (let i = 0; i < KEYS; i++) tier.set(string(i), freshEntry({ n: 1 }));
  return tier;
}

function cacheInMemory() {
  return createCache({ backend: memory({ maxEntries: ROOM }), ttl: '1h' });
}

function freshEntry(value) {
  const now = Date.now();
  return { value, createdAt: now, staleAt: now + HOUR, expiresAt: now + HOUR };
}
