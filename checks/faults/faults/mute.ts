import { eventually } from '../../../test-support/redis-server.js';
import { exactly, fault, ms, rounded, seen, took } from '../fault.js';
import { keysAbout } from '../stage.js';

export const mute = fault({
  section: 'Redis',
  name: 'mute: three cold calls',
  how: 'kill -STOP: connections stay open and nothing is answered; three new keys, one after the other',
  quick: true,
  bounds: { 'hit in memory': ms(5), first: ms(300), second: ms(5), third: ms(5) },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    await cache.ask({ do: 'load', key: 'warm', value: 'loaded' });
    server.freeze();
    const cold = async (key: string) => took(await cache.ask({ do: 'load', key, value: 'loaded' }));
    return {
      'hit in memory': await cold('warm'),
      first: await cold('a'),
      second: await cold('b'),
      third: await cold('c'),
    };
  },
});

export const muteForMany = fault({
  section: 'Redis',
  name: 'mute: 100 cold calls at once',
  how: 'kill -STOP, then 100 new keys at once',
  quick: true,
  bounds: { 'slowest of 100': ms(300) },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    server.freeze();
    const outcome = await cache.ask({ do: 'spread', key: 'cold', count: 100, value: 'loaded' });
    return { 'slowest of 100': took(outcome) };
  },
});

export const muteAtStart = fault({
  section: 'Redis',
  name: 'mute before the start',
  how: 'kill -STOP before the cache is made; a call, then close()',
  quick: true,
  bounds: { 'first call': ms(300), 'close()': ms(1000) },
  async run(stage) {
    const server = await stage.server();
    server.freeze();
    const cache = await stage.open(server);
    return {
      'first call': took(await cache.ask({ do: 'load', key: 'a', value: 'loaded' })),
      'close()': took(await cache.ask({ do: 'close' })),
    };
  },
});

export const deleteWhileMute = fault({
  section: 'Redis',
  name: 'delete while it is mute',
  how: 'a value in memory and in Redis, kill -STOP, delete, a read; then kill -CONT, until the key is gone from the server',
  bounds: { 'delete settles': ms(500), 'next read': exactly('fresh'), 'replayed after': ms(2000) },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    const cache = await stage.open(server);
    await stage.untilUsed(cache, admin);
    await cache.ask({ do: 'load', key: 'victim', value: 'old' });
    await eventually(async () => (await keysAbout(admin, 'victim')).length > 0, 5000);
    server.freeze();
    const deleted = await cache.ask({ do: 'delete', key: 'victim' });
    const read = await cache.ask({ do: 'load', key: 'victim', value: 'fresh' });
    server.thaw();
    const gone = async (): Promise<boolean> => !(await holds('old'));
    const holds = async (value: string): Promise<boolean> => {
      const [key] = await keysAbout(admin, 'victim');
      return key !== undefined && ((await admin.getBuffer(key))?.includes(value) ?? false);
    };
    const after = await eventually(gone, 10_000).then(rounded, () => 'not in 10 s');
    return {
      'delete settles': took(deleted),
      'next read': seen(read, (value) => (value === 'fresh' ? 'fresh' : 'old')),
      'replayed after': cache.died ?? after,
    };
  },
});
