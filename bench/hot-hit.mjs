// A hit of one function in the memory of the process: keepsake, what people write by hand, and other packages.
import { asyncCacheDedupe } from './contenders/async-cache-dedupe.mjs';
import { bentocache, bentocacheUnserialised } from './contenders/bentocache.mjs';
import { cacheManager } from './contenders/cache-manager.mjs';
import { cacheable } from './contenders/cacheable.mjs';
import { floor } from './contenders/floor.mjs';
import { keepsake } from './contenders/keepsake.mjs';
import { keyv } from './contenders/keyv.mjs';
import { lruCache } from './contenders/lru-cache.mjs';
import { memoizeWithJson } from './contenders/memoize.mjs';
import { plainMap } from './contenders/plain-map.mjs';
import { quickLru } from './contenders/quick-lru.mjs';
import { typeCacheable } from './contenders/type-cacheable.mjs';
import { interleaved, median, ratio } from './harness.mjs';
import { ARGUMENTS, callInTurn, countingLoader, KEYS } from './workload.mjs';

/** A contender: `create(loader)` is a cached form of `loader`; the floor alone is `constant`, it has one value for all. */
const CONTENDERS = [
  floor,
  keepsake,
  plainMap,
  memoizeWithJson,
  lruCache,
  quickLru,
  asyncCacheDedupe,
  cacheManager,
  keyv,
  bentocacheUnserialised,
  bentocache,
  cacheable,
  typeCacheable,
];

/** By kind of argument, by contender: ns per hit, its ratio to the floor and to keepsake. */
export async function hotHit(effort) {
  const results = {};
  for (const kind of Object.keys(ARGUMENTS)) results[kind] = await hitsWith(ARGUMENTS[kind], effort);
  return results;
}

async function hitsWith(argumentOf, effort) {
  const entrants = [];
  for (const contender of CONTENDERS) entrants.push(await entered(contender, argumentOf));
  const times = await interleaved(entrants, effort);
  for (const entrant of entrants) entrant.assertOnlyHits();
  return Object.fromEntries(
    entrants.map(({ name }) => [
      name,
      {
        ns: median(times[name]),
        fastest: Math.min(...times[name]),
        slowest: Math.max(...times[name]),
        toFloor: ratio(times[name], times[floor.name]),
        toKeepsake: ratio(times[name], times[keepsake.name]),
      },
    ]),
  );
}

/** A contender that holds every key, ready to be timed. Shown to serve the right values from there on, and no loads. */
async function entered(contender, argumentOf) {
  const loader = countingLoader();
  const call = contender.create(loader);
  for (let i = 0; i < KEYS; i++) await call(argumentOf(i));
  const loads = loader.calls;
  if (loads !== (contender.constant ? 1 : KEYS)) throw new Error(`${contender.name}: ${loads} loads.`);
  if (!contender.constant) await assertValues(contender, call, argumentOf);
  const assertOnlyHits = () => {
    if (loader.calls !== loads)
      throw new Error(`${contender.name}: loaded again ${loader.calls - loads} times.`);
  };
  assertOnlyHits();
  return { name: contender.name, run: (ops) => callInTurn(call, argumentOf, ops), assertOnlyHits };
}

/** Of every tenth key: with all of them it would take as long as a quick run. */
async function assertValues(contender, call, argumentOf) {
  for (let i = 0; i < KEYS; i += 10) {
    const expected = argumentOf(i).id ?? argumentOf(i);
    const { of } = await call(argumentOf(i));
    if (of !== expected) throw new Error(`${contender.name}: served the value of ${of} for ${expected}.`);
  }
}
