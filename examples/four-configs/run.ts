// Runs the service under one config, `run.ts <config> <directory> [clear]`, and prints what it cost.
import assert from 'node:assert/strict';
import { closeAll, configure, getCache } from 'keepsake';
import { configsIn } from './configs.js';
import { Users } from './users.js';

const [name = '', directory = '', clear] = process.argv.slice(2);
const config = configsIn(directory)[name];
assert.ok(config, `There is no config '${name}'.`);
configure(config);

const users = new Users();
await Promise.all(['1', '2', '3', '1', '2', '3'].map((id) => users.find(id)));
const again = await users.find('2');
assert.deepEqual(again, { id: '2', joinedAt: new Date(2 * 86_400_000) });
const loads = users.loads;

await users.rename('2');
await users.find('2');
assert.equal(users.loads, loads + 1, 'a renamed user is loaded again');

const tiers = getCache()
  .stats()
  .tiers.map(({ name, hits }) => `${name}: ${hits} hits`);
if (clear) await getCache().clear();
await closeAll();
console.log(JSON.stringify({ loads, tiers }));
