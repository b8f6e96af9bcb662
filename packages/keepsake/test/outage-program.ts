// Run by outage-process.test.ts in processes of their own, with no handler for rejections and errors attached.
import { writeSync } from 'node:fs';
import { redis } from '@keepsake/keyv';
import { type Cache, Cached, cached, configure, createCache, file, getCache, memory, tiered } from 'keepsake';

/** What a program is told by its only argument. */
export interface Orders {
  readonly program: 'calls' | 'delete';
  readonly url?: string;
  /** The server's process, and the signal to send it once every stack has been used. */
  readonly pid?: number;
  readonly signal?: 'SIGSTOP' | 'SIGKILL';
  readonly close?: boolean;
  readonly directory?: string;
}

/** What one stack did, asked three cold keys one after the other, and the first of them again. */
export interface Calls {
  readonly stack: string;
  readonly values: readonly string[];
  /** How long each took, in ms. */
  readonly took: readonly number[];
  readonly loads: number;
}

type Load = (key: string) => Promise<string>;

let loads = 0;
const load: Load = async (key) => {
  loads++;
  return `loaded ${key}`;
};

/** One service over every stack and every door that leads to it, with the caches to close. */
function stacks(url: string): Record<string, { call: Load; caches: () => readonly Cache[] }> {
  const inFront = createCache({ backend: tiered([memory(), redis(url)]), ttl: '1h', namespace: 'front' });
  const alone = createCache({ backend: redis(url), ttl: '1h', namespace: 'alone' });
  configure({
    backends: { memory: { type: 'memory' }, redis: { type: 'redis', url } },
    caches: { default: { tiers: ['memory', 'redis'], ttl: '1h' }, bare: { tiers: ['redis'], ttl: '1h' } },
  });
  class Service {
    @Cached({ id: 'service.find' })
    async find(key: string): Promise<string> {
      return load(key);
    }
  }
  const service = new Service();
  return {
    'getOrSet, memory and redis': {
      call: (key) => inFront.getOrSet(key, () => load(key)),
      caches: () => [inFront],
    },
    'getOrSet, redis': { call: (key) => alone.getOrSet(key, () => load(key)), caches: () => [alone] },
    '@Cached, configured memory and redis': { call: (key) => service.find(key), caches: () => [getCache()] },
    'cached(), configured redis': {
      call: cached(load, { id: 'load', cache: 'bare' }),
      caches: () => [getCache('bare')],
    },
  };
}

async function timed(work: () => Promise<string>): Promise<{ value: string; took: number }> {
  const start = performance.now();
  const value = await work();
  return { value, took: performance.now() - start };
}

async function calls(orders: Orders): Promise<Calls[]> {
  const all = Object.entries(stacks(orders.url as string));
  if (orders.signal) {
    for (const [, { call }] of all) await call('warm');
    process.kill(orders.pid as number, orders.signal);
  }
  const report: Calls[] = [];
  for (const [stack, { call }] of all) {
    loads = 0;
    const answers = [];
    for (const key of ['a', 'b', 'c', 'a']) answers.push(await timed(() => call(key)));
    report.push({
      stack,
      values: answers.map(({ value }) => value),
      took: answers.map(({ took }) => took),
      loads,
    });
  }
  if (orders.close)
    await Promise.all(all.flatMap(([, { caches }]) => caches().map((cache) => cache.close())));
  return report;
}

/** Another process that shares a directory deletes. */
async function deletes(orders: Orders): Promise<boolean> {
  const cache = createCache({ backend: tiered([memory(), file({ directory: orders.directory as string })]) });
  const deleted = await cache.delete('k');
  await cache.close();
  return deleted;
}

async function main(orders: Orders): Promise<void> {
  const report = await (orders.program === 'delete' ? deletes(orders) : calls(orders));
  writeSync(1, JSON.stringify(report));
}

void main(JSON.parse(process.argv[2] ?? '') as Orders);
