import type { Redis } from 'ioredis';
import { eventually } from '../../../test-support/redis-server.js';
import { atLeast, exactly, fault, seen } from '../fault.js';
import { givenBy, keysAbout, type Stage } from '../stage.js';
import type { Outcome } from '../subject-process.js';

const DAMAGES: Readonly<Record<string, (sound: Buffer) => Buffer>> = {
  null: () => Buffer.from('null'),
  '42': () => Buffer.from('42'),
  '[]': () => Buffer.from('[]'),
  truncated: (sound) => sound.subarray(0, sound.length >> 1),
};

export const corrupt = fault({
  section: 'Redis',
  name: 'corrupt values',
  how: 'four stored values are overwritten with `null`, `42`, `[]` and their own first half; a process that never saw them reads each, then another one',
  quick: true,
  bounds: { 'served as a hit': exactly(0), throw: exactly(0), 'repaired, of 4': exactly(4) },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    await damaged(stage, server.url, admin);
    const names = Object.keys(DAMAGES);
    const [one, another] = [await stage.open(server), await stage.open(server)];
    const figures = { 'served as a hit': 0, throw: 0, 'repaired, of 4': 0 };
    for (const name of names) {
      const read = await one.ask({ do: 'load', key: `damaged:${name}`, value: 'new' });
      if ('died' in read || read.errors.length > 0) figures.throw++;
      else if (read.values[0] !== 'new') figures['served as a hit']++;
      await stage.untilUsed(one, admin);
      const again = await another.ask({ do: 'load', key: `damaged:${name}`, value: 'newer' });
      if (givenBy(again) === 'new') figures['repaired, of 4']++;
    }
    return figures;
  },
});

async function damaged(stage: Stage, url: string, admin: Redis): Promise<void> {
  const writer = await stage.open({ url });
  await stage.untilUsed(writer, admin);
  for (const [name, damage] of Object.entries(DAMAGES)) {
    await writer.ask({ do: 'load', key: `damaged:${name}`, value: 'old' });
    // What is between brackets is a set of characters in a pattern of Redis.
    const [key] = await keysAbout(admin, `damaged:${name.replace(/[[\]]/g, '\\$&')}`);
    if (!key) continue;
    await admin.set(key, damage((await admin.getBuffer(key)) ?? Buffer.alloc(0)));
  }
  await writer.kill();
}

const FOREIGN = 50_000;

export const foreignKeys = fault({
  section: 'Redis',
  name: 'clear with 50 000 foreign keys in the database',
  how: 'the database holds 50 000 keys of somebody else and 100 of the cache; clear(), while MONITOR shows what the server is told',
  bounds: {
    'foreign keys kept': exactly(FOREIGN),
    'own values still served': exactly(0),
    'KEYS, FLUSHDB': exactly(0),
    'keys per step of SCAN': atLeast(500),
  },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    await admin.mset(Array.from({ length: FOREIGN }, (_, i) => [`foreign:${i}`, 'x']).flat());
    const cache = await stage.open(server);
    await stage.untilUsed(cache, admin);
    await cache.ask({ do: 'spread', key: 'own', count: 100, value: 'old' });
    const seenByServer = await commandsDuring(admin, () => cache.ask({ do: 'clear' }, 20_000));
    const { outcome: cleared, commands } = seenByServer;
    const kept = (await keysAbout(admin, 'foreign:')).length;
    const reader = await stage.open(server);
    const read = await reader.ask({ do: 'spread', key: 'own', count: 100, value: 'new' });
    const old = 'died' in read ? 0 : read.values.filter((value) => value === 'old').length;
    const of = (...names: string[]): readonly (readonly string[])[] =>
      commands.filter(([name = '']) => names.includes(name.toUpperCase()));
    const steps = of('SCAN').map(stepOf);
    return {
      'foreign keys kept': seen(cleared, () => kept),
      'own values still served': seen(cleared, () => old),
      'KEYS, FLUSHDB': of('KEYS', 'FLUSHDB', 'FLUSHALL').length,
      'keys per step of SCAN': steps.length > 0 ? Math.min(...steps) : 'no SCAN',
    };
  },
});

/** What the server was told while `work` was under way. */
async function commandsDuring(
  admin: Redis,
  work: () => Promise<Outcome>,
): Promise<{ outcome: Outcome; commands: string[][] }> {
  const commands: string[][] = [];
  const monitor = await admin.monitor();
  monitor.on('monitor', (_time: string, command: string[]) => commands.push(command));
  const outcome = await work();
  const end = 'the end of what was watched';
  await admin.echo(end);
  await eventually(() => commands.some(([, said]) => said === end), 5000);
  monitor.disconnect();
  // Whoever uses the connection after this is not the cache.
  return {
    outcome,
    commands: commands.slice(
      0,
      commands.findIndex(([, said]) => said === end),
    ),
  };
}

/** How many keys a SCAN looks at; 10 if it does not say. */
function stepOf(command: readonly string[]): number {
  const at = command.findIndex((word) => word.toUpperCase() === 'COUNT');
  return at < 0 ? 10 : Number(command[at + 1]);
}
