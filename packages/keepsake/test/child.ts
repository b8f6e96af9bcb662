// Run by config-discovery.internal.test.ts in a process of its own: what does a cached function see in this directory?
import { CacheError, cached, getCache } from 'keepsake';

process.chdir(process.argv[2] as string);
let calls = 0;
const count = cached(async function count() {
  calls++;
  return calls;
}, '5m');

try {
  await count();
  await count();
  const names = getCache()
    .stats()
    .tiers.map(({ name }) => name);
  console.log(names.join(' '), calls);
} catch (error) {
  console.log(CacheError.is(error) ? error.code : 'foreign', (error as Error).message);
}
