import { exactly, type Figure, fault, ms, rounded } from '../fault.js';
import type { Outcome, SubjectProcess } from '../subject-process.js';

export const exits = fault({
  section: 'Redis',
  name: 'process exit',
  how: 'a process that has read and written, and has nothing more to do: after close(), and without one',
  bounds: { 'after close()': ms(1000), 'without close()': ms(1000) },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    const closing = await stage.open(server);
    const plain = await stage.open(server);
    await stage.untilUsed(closing, admin);
    await stage.untilUsed(plain, admin);
    await closing.ask({ do: 'close' });
    return { 'after close()': await exit(closing), 'without close()': await exit(plain) };
  },
});

async function exit(cache: SubjectProcess): Promise<Figure> {
  const lingered = await cache.lingering();
  return lingered === undefined ? 'never' : rounded(lingered);
}

export const threeNodes = fault({
  section: 'Redis',
  name: 'a cluster of three',
  how: 'one process loads 60 keys, another one that never saw them reads them',
  bounds: { 'served to the other, of 60': exactly(60) },
  async run(stage) {
    const cluster = await stage.cluster();
    const place = { url: cluster.urls[0] as string, cluster: cluster.urls };
    const [one, another] = [await stage.open(place), await stage.open(place)];
    const admin = cluster.urls.map((url) => stage.admin(url));
    for (const node of admin) await stage.untilUsed(one, node);
    await one.ask({ do: 'spread', key: 'spread', count: 60, value: 'one' });
    await another.ask({ do: 'load', key: 'warm', value: 'x' });
    const read = await another.ask({ do: 'spread', key: 'spread', count: 60, value: 'another' });
    return { 'served to the other, of 60': served(read, 'one') };
  },
});

function served(read: Outcome, value: string): Figure {
  return 'died' in read ? read.died : read.values.filter((each) => each === value).length;
}
