// A slow function, wrapped: the same arguments cost one call.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { cached, getCache } from 'keepsake';

interface City {
  readonly name: string;
  readonly country: string;
}

let asked = 0;

async function describeCity({ name, country }: City): Promise<string> {
  asked += 1;
  await wait(200); // a database, a model, somebody else's API
  return `${name} in ${country}, looked up ${asked} times so far`;
}

const describe = cached(describeCity, '5m');

/** How long `work` takes, in ms. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const lima = { name: 'Lima', country: 'Peru' };

const first = await timed(() => describe(lima));
const second = await timed(() => describe({ country: 'Peru', name: 'Lima' })); // equal arguments, in another order
console.log(`The first call took ${first.toFixed(0)} ms, the second one ${second.toFixed(2)} ms.`);
assert.equal(asked, 1);
assert.ok(second < first / 10);

const crowd = Array.from({ length: 100 }, () => describe({ name: 'Cusco', country: 'Peru' }));
assert.equal(new Set(await Promise.all(crowd)).size, 1);
console.log(`100 callers at the same time cost ${asked - 1} load.`);
assert.equal(asked, 2);

const key = describe.keyOf(lima);
console.log(`The key of a call: ${key}`);
assert.match(key, /^describeCity:[0-9a-f]{64}$/);

assert.match((await describe.peek(lima)) ?? '', /^Lima in Peru/);
assert.equal(await describe.peek({ name: 'Quito', country: 'Ecuador' }), undefined);
assert.equal(asked, 2);
console.log('peek() reads and never calls.');

assert.match(await describe.refresh(lima), /3 times/);
assert.match(await describe(lima), /3 times/);
console.log('refresh() calls and stores, whatever is there.');

assert.equal(await describe.delete(lima), true);
assert.equal(await describe.delete(lima), false);
assert.match(await describe(lima), /4 times/);
console.log('delete() forgets one result, and says whether there was one.');

await describe.clear();
assert.equal(await describe.peek(lima), undefined);
console.log('clear() forgets all results of the function.');

const { hits, misses, loads, coalesced } = getCache().stats();
console.log(`${hits} hits, ${misses} misses, ${loads} loads, ${coalesced} callers joined a running load.`);
assert.equal(loads, asked);
assert.equal(coalesced, 99);
