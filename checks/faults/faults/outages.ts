import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, exactly, type Figure, fault, ms, rounded, shown, took } from '../fault.js';

/** The longest that something was seen to take before it ended a process. */
const LIBRARIES_GIVE_UP = 12_000;

export const downAtStart = fault({
  section: 'Redis',
  name: 'down at start',
  how: 'nothing listens at the port; two calls, one after the other',
  quick: true,
  bounds: {
    'first call': ms(300),
    'second call': ms(5),
    process: exactly('lives'),
    'lines printed': atMost(1),
  },
  async run(stage) {
    const server = await stage.server();
    await server.kill();
    const cache = await stage.open(server);
    const first = await cache.ask({ do: 'load', key: 'a', value: 'loaded' }, LIBRARIES_GIVE_UP);
    const second = await cache.ask({ do: 'load', key: 'b', value: 'loaded' });
    return {
      'first call': took(first),
      'second call': took(second),
      process: cache.died ?? 'lives',
      'lines printed': cache.lines,
    };
  },
});

export const killed = fault({
  section: 'Redis',
  name: 'killed while 50 loads run',
  how: 'kill -9 of the server 20 ms after 50 loads of 60 ms have begun; then one key that was read before, and two new ones',
  quick: true,
  bounds: {
    'the 50': ms(360),
    'hit in memory': ms(5),
    'cold, first': ms(300),
    'cold, then': ms(5),
    process: exactly('lives'),
  },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    await cache.ask({ do: 'load', key: 'warm', value: 'loaded' });
    const flying = cache.ask({ do: 'spread', key: 'flying', count: 50, value: 'loaded', takes: 60 });
    await pause(20);
    await server.kill();
    const fifty = await flying;
    return {
      'the 50': took(fifty),
      'hit in memory': took(await cache.ask({ do: 'load', key: 'warm', value: 'again' })),
      'cold, first': took(await cache.ask({ do: 'load', key: 'cold:1', value: 'loaded' })),
      'cold, then': took(await cache.ask({ do: 'load', key: 'cold:2', value: 'loaded' })),
      process: cache.died ?? 'lives',
    };
  },
});

export const usedAgain = fault({
  section: 'Redis',
  name: 'used again after it returns',
  how: 'kill -9, one call, then a server on the same port: until a new value arrives there',
  bounds: { 'used again after': ms(2000) },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    await server.kill();
    await cache.ask({ do: 'load', key: 'cold', value: 'loaded' });
    const again = await stage.server([], server.port);
    const after = await stage.untilUsed(cache, stage.admin(again.url));
    return { 'used again after': cache.died ?? (after === undefined ? 'not in 15 s' : rounded(after)) };
  },
});

export const reconnects = fault({
  section: 'Redis',
  name: 'attempts to connect while it is down',
  how: 'a listener that hangs up at once counts, while the cache is called without a pause',
  bounds: { 'attempts in 8 s': atMost(20) },
  async run(stage) {
    let attempts = 0;
    const listener = createServer((socket) => {
      attempts++;
      socket.on('error', () => {});
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    const cache = await stage.open({ url: `redis://127.0.0.1:${port}` });
    await cache.ask({ do: 'hammer', lasting: 8000 }, 10_000);
    listener.close();
    return { 'attempts in 8 s': cache.died ? `${attempts}, ${cache.died}` : attempts };
  },
});

export const poured = fault({
  section: 'Redis',
  name: '100 000 sets of 1 KB while it is down',
  how: 'all at once, without a pause in between; then the heap after a garbage collection, with whatever is still pending after 8 s',
  bounds: {
    'memory grown by': atMost(50, 'MB'),
    pending: exactly(0),
    'settled after': shown('ms'),
  },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    await server.kill();
    const outcome = await cache.ask({ do: 'pour', count: 100_000, bytes: 1024 });
    const grown = 'died' in outcome ? outcome.died : rounded(outcome.grownBy ?? 0);
    const pending = 'died' in outcome ? outcome.died : outcome.hung;
    const offered = (figure: Figure): Figure => ('missing' in outcome ? 'not offered' : figure);
    return {
      'memory grown by': offered(grown),
      pending: offered(pending),
      'settled after': pending === 0 ? took(outcome) : offered('not in 8 s'),
    };
  },
});
