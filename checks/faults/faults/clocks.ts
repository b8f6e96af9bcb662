import { setTimeout as pause } from 'node:timers/promises';
import { exactly, type Figure, fault, ms, rounded, took } from '../fault.js';
import { givenBy, type Stage } from '../stage.js';

const TTL = 3000;
const WRONG = 90_000;

export const wrongClock = fault({
  section: 'Time and concurrency',
  name: 'wall clock of one process ±90 s',
  how: '`Date` and `performance.timeOrigin` are off before anything is imported, in the process that writes or in the one that reads, forwards or back. A value with a ttl of 3 s is read at once by the other process, and by a third one when the ttl is over',
  bounds: { 'lost at once, of 4': exactly(0), 'outlived its ttl, of 4': exactly(0) },
  async run(stage) {
    const trials = [
      { writer: WRONG, reader: 0 },
      { writer: -WRONG, reader: 0 },
      { writer: 0, reader: WRONG },
      { writer: 0, reader: -WRONG },
    ];
    const became: string[] = [];
    for (const { writer, reader } of trials) became.push(await life(stage, writer, reader));
    const count = (word: string): Figure =>
      became.includes('not offered') ? 'not offered' : became.filter((each) => each === word).length;
    return { 'lost at once, of 4': count('lost'), 'outlived its ttl, of 4': count('outlived') };
  },
});

async function life(stage: Stage, writer: number, reader: number): Promise<string> {
  const server = await stage.server();
  const admin = stage.admin(server.url);
  const a = await stage.open(server, writer);
  const [b, c] = [await stage.open(server, reader), await stage.open(server, reader)];
  for (const cache of [a, b, c]) await stage.untilUsed(cache, admin);
  const written = await a.ask({ do: 'load', key: 'brief', value: 'written', ttl: TTL });
  if ('missing' in written) return 'not offered';
  const storedAt = performance.now();
  const soon = await b.ask({ do: 'load', key: 'brief', value: 'again', ttl: TTL });
  if (givenBy(soon) !== 'written') return 'lost';
  await pause(TTL + 300 - (performance.now() - storedAt));
  const late = await c.ask({ do: 'load', key: 'brief', value: 'again', ttl: TTL });
  return givenBy(late) === 'written' ? 'outlived' : 'right';
}

export const setBack = fault({
  section: 'Time and concurrency',
  name: 'clock set back one hour',
  how: '`Date` of a running process jumps back by an hour, after a value with a ttl of 1.5 s was stored: until it is loaded again',
  bounds: { 'loaded again after': ms(1800) },
  async run(stage) {
    const server = await stage.server();
    const cache = await stage.open(server);
    await stage.untilUsed(cache, stage.admin(server.url));
    const stored = await cache.ask({ do: 'load', key: 'brief', value: 'old', ttl: 1500 });
    await cache.ask({ do: 'shiftClock', by: -3_600_000 });
    const again = await cache.ask({ do: 'watch', key: 'brief', value: 'new' });
    if ('died' in stored || stored.errors.length > 0) return { 'loaded again after': took(stored) };
    if ('died' in again || again.hung > 0) return { 'loaded again after': 'not in 8 s' };
    return { 'loaded again after': rounded(again.at - stored.at) };
  },
});
