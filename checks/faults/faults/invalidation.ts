import { setTimeout as pause } from 'node:timers/promises';
import { exactly, type Figure, fault, seen } from '../fault.js';
import type { Order } from '../orders.js';
import { givenBy, keysAbout, type Stage } from '../stage.js';
import type { Outcome } from '../subject-process.js';

/** How a process gets rid of a value that another one is loading. */
const WAYS: Readonly<Record<string, (key: string) => Order>> = {
  'after a delete': (key) => ({ do: 'delete', key }),
  'after a set': (key) => ({ do: 'set', key, value: 'set meanwhile' }),
  'after a tag': () => ({ do: 'invalidateTag', tag: 'team-7' }),
};

export const slowLoad = fault({
  section: 'Time and concurrency',
  name: 'slow load, invalidated by another process while it runs',
  how: 'process A loads for 500 ms; after 200 ms B deletes the key, sets it, or invalidates its tag; when the load is over, A, B and a new process read. Counted: who still reads what A had loaded',
  bounds: { 'after a delete': exactly(0), 'after a set': exactly(0), 'after a tag': exactly(0) },
  async run(stage) {
    const figures: Record<string, Figure> = {};
    for (const way of Object.keys(WAYS)) figures[way] = await oldReads(stage, way);
    return figures as Record<keyof typeof WAYS, Figure>;
  },
});

async function oldReads(stage: Stage, way: string): Promise<Figure> {
  const server = await stage.server();
  const admin = stage.admin(server.url);
  const place = { url: server.url, tagged: true };
  const [a, b] = [await stage.open(place), await stage.open(place)];
  await stage.untilUsed(a, admin);
  await stage.untilUsed(b, admin);
  const tagged = way === 'after a tag' ? { tags: ['team-7'] } : {};
  const loading = a.ask({ do: 'load', key: 'report', value: 'old', takes: 500, ...tagged });
  await pause(200);
  const invalidated = await b.ask(WAYS[way]?.('report') ?? { do: 'clear' });
  const loaded = await loading;
  // Whatever is told to others in the background has arrived by then.
  await pause(50);
  const readers = [a, b, await stage.open(place)];
  const reads: Outcome[] = [];
  for (const each of readers)
    reads.push(await each.ask({ do: 'load', key: 'report', value: 'new', ...tagged }));
  const old = (): Figure => reads.filter((read) => givenBy(read) === 'old').length;
  return seen(loaded, () => seen(invalidated, old));
}

export const markerEvicted = fault({
  section: 'Time and concurrency',
  name: 'tag marker evicted from Redis',
  how: 'every key of the server that names the tag is deleted behind the back of the cache; a process that never saw the values reads one that was invalidated before and one that was not',
  bounds: { 'invalidated before': exactly('a miss'), 'never invalidated': exactly('a miss') },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    const place = { url: server.url, tagged: true };
    const cache = await stage.open(place);
    await stage.untilUsed(cache, admin);
    await cache.ask({ do: 'load', key: 'gone', value: 'old', tags: ['team-7'] });
    await cache.ask({ do: 'load', key: 'kept', value: 'old', tags: ['team-8'] });
    const invalidated = await cache.ask({ do: 'invalidateTag', tag: 'team-7' });
    for (const key of await keysAbout(admin, 'team-')) {
      // Entries that list their tags in their keys would be none of the marker's business.
      if (!key.includes('gone') && !key.includes('kept')) await admin.del(key);
    }
    const reader = await stage.open(place);
    const read = async (key: string): Promise<Figure> => {
      const outcome = await reader.ask({ do: 'load', key, value: 'new' });
      return seen(outcome, (value) => (value === 'old' ? 'a hit' : 'a miss'));
    };
    const [gone, kept] = [await read('gone'), await read('kept')];
    return {
      'invalidated before': seen(invalidated, () => gone),
      'never invalidated': seen(invalidated, () => kept),
    };
  },
});
