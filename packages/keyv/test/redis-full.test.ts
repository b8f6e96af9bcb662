import { type Cache, createCache, tiered } from '@keepsake/core';
import { redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import { createClient } from '@keyv/redis';
import { eventually, type Server, startRedis } from '../../../test-support/redis-server.js';

interface Raw {
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(command: readonly string[]): Promise<unknown>;
}

let server: Server;
let raw: Raw;
let caches: Cache[];

function node(): Cache {
  const cache = createCache({ backend: tiered([memory(), redis(server.url)]), ttl: '1h' });
  caches.push(cache);
  return cache;
}

const full = (): Promise<unknown> =>
  raw.sendCommand(['CONFIG', 'SET', 'maxmemory', '100kb', 'maxmemory-policy', 'noeviction']);

beforeEach(async () => {
  server = await startRedis();
  raw = createClient({ url: server.url }) as unknown as Raw;
  await raw.connect();
  caches = [];
});
afterEach(async () => {
  await Promise.all(caches.map((cache) => cache.close()));
  raw.destroy();
  await server.stop();
});

/** Two that hear each other. */
async function pair(): Promise<readonly [Cache, Cache]> {
  const [a, b] = [node(), node()];
  let version = 0;
  await eventually(async () => {
    await a.set('heard', ++version);
    await b.get('heard');
    await a.set('heard', ++version);
    await new Promise((passed) => setTimeout(passed, 20));
    return (await b.get('heard')) === version;
  }, 3000);
  return [a, b];
}

it.each<[string, (cache: Cache) => Promise<unknown>]>([
  ['a delete', (cache) => cache.delete('k')],
  ['a tag', (cache) => cache.invalidateTags(['t'])],
  ['a pattern', (cache) => cache.deletePattern('k*')],
  ['a clear', (cache) => cache.clear()],
  ['a set', (cache) => cache.set('k', 'new')],
])('%s reaches what others hold in front of a server that is full', async (_, invalidate) => {
  const [a, b] = await pair();
  await a.set('k', 'old', { tags: ['t'] });
  // The news of the set have arrived: b holds it, and would go on serving it.
  await eventually(
    async () => (await b.get('k')) === 'old' && (await b.explain('k')).tier === 'memory',
    2000,
  );
  await full();
  await invalidate(a);
  await eventually(async () => (await b.get('k')) !== 'old', 2000);
  for (let look = 0; look < 5; look++) {
    expect(await b.get('k')).not.toBe('old');
    await new Promise((again) => setTimeout(again, 100));
  }
});

it('is heard again once there is room', async () => {
  const [a, b] = await pair();
  await full();
  await a.delete('x');
  await raw.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']);
  await eventually(async () => {
    await a.set('k', 'old');
    const held = (await b.get('k')) === 'old';
    await a.delete('k');
    await new Promise((passed) => setTimeout(passed, 50));
    return held && (await b.get('k')) === undefined;
  }, 5000);
});
