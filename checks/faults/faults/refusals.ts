import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { eventually } from '../../../test-support/redis-server.js';
import { atMost, exactly, type Fault, fault, ms, seen, took } from '../fault.js';
import { givenBy, keysAbout, type Stage } from '../stage.js';
import type { Place } from '../subjects/subject.js';

/** A server that answers, and refuses. */
interface Refusing {
  /** Where the old value is written, while all is well. */
  readonly sound: Place;
  /** Where the cache in question is then opened. */
  readonly refusing: Place;
  begin(): Promise<void>;
  /** Whether the old value is (still) there. */
  holds(): Promise<boolean>;
}

function refusal(name: string, how: string, prepare: (stage: Stage) => Promise<Refusing>): Fault {
  return fault({
    section: 'Redis',
    name,
    how: `${how}. A value was stored before; a new process makes two cold calls, deletes that value and reads it`,
    bounds: {
      'first call': ms(300),
      'second call': ms(300),
      'delete settles': ms(500),
      'delete that did nothing': exactly('not "true"'),
      'next read': exactly('fresh'),
      'lines printed': atMost(1),
    },
    async run(stage) {
      const { sound, refusing, begin, holds } = await prepare(stage);
      const before = await stage.open(sound);
      await eventually(async () => {
        await before.ask({ do: 'load', key: 'victim', value: 'old' });
        await before.ask({ do: 'set', key: 'victim', value: 'old' });
        return holds();
      }, 10_000);
      await before.kill();
      await begin();
      const cache = await stage.open(refusing);
      const first = await cache.ask({ do: 'load', key: 'cold:1', value: 'loaded' });
      const second = await cache.ask({ do: 'load', key: 'cold:2', value: 'loaded' });
      const deleted = await cache.ask({ do: 'delete', key: 'victim' });
      const lied = givenBy(deleted) === true && (await holds());
      const read = await cache.ask({ do: 'load', key: 'victim', value: 'fresh' });
      return {
        'first call': took(first),
        'second call': took(second),
        'delete settles': took(deleted),
        'delete that did nothing': seen(deleted, () => (lied ? 'says "true"' : 'not "true"')),
        'next read': seen(read, (value) => (value === 'fresh' ? 'fresh' : 'old')),
        'lines printed': cache.lines,
      };
    },
  });
}

const about = (admin: Redis) => async () => (await keysAbout(admin, 'victim')).length > 0;

export const maxClients = refusal('max clients', 'maxclients is reached', async (stage) => {
  const server = await stage.server();
  const admin = stage.admin(server.url);
  return {
    sound: server,
    refusing: server,
    // Our own connection is the one that is allowed.
    begin: async () => void (await admin.config('SET', 'maxclients', 1)),
    holds: about(admin),
  };
});

export const loading = refusal(
  'LOADING',
  'the server loads 20 000 keys at 300 µs each, and says so',
  async (stage) => {
    const slowly = ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024'];
    const server = await stage.server(slowly);
    const admin = stage.admin(server.url);
    // A connection of its own: the one that has asked for the reload waits for its end.
    const probe = stage.admin(server.url);
    const isLoading = (): Promise<boolean> => probe.get('x').then(() => false, saysLoading);
    return {
      sound: server,
      refusing: server,
      async begin() {
        await admin.call('DEBUG', 'POPULATE', '20000');
        await admin.config('SET', 'key-load-delay', 300);
        admin.call('DEBUG', 'RELOAD').catch(() => {});
        await eventually(isLoading, 5000);
      },
      // A server that is loading has deleted nothing.
      holds: async () => (await isLoading()) || about(probe)(),
    };
  },
);

function saysLoading(error: unknown): boolean {
  return /LOADING/.test(String(error));
}

export const wrongPassword = refusal('wrong password', 'AUTH fails', async (stage) => {
  const server = await stage.server(['--requirepass', 'right']);
  const at = (password: string): string => `redis://:${password}@127.0.0.1:${server.port}`;
  const admin = stage.admin(at('right'));
  return {
    sound: { url: at('right') },
    refusing: { url: at('wrong') },
    begin: async () => {},
    holds: about(admin),
  };
});

export const readOnly = refusal(
  'READONLY',
  'the cache is given a replica of the server that it was given before',
  async (stage) => {
    const master = await stage.server();
    const replica = await stage.server(['--replicaof', '127.0.0.1', String(master.port)]);
    // Attaches to its master in the background; a value has to be seen there.
    return {
      sound: master,
      refusing: replica,
      begin: () => pause(0),
      holds: about(stage.admin(replica.url)),
    };
  },
);

export const outOfMemory = refusal('OOM', 'maxmemory is reached, under noeviction', async (stage) => {
  const server = await stage.server(['--maxmemory-policy', 'noeviction']);
  const admin = stage.admin(server.url);
  return {
    sound: server,
    refusing: server,
    begin: async () => void (await admin.config('SET', 'maxmemory', 1)),
    holds: about(admin),
  };
});

export const moved = refusal(
  'MOVED',
  'the cache is given one node of a cluster as if it were a server of its own, and not the one with the value',
  async (stage) => {
    const cluster = await stage.cluster();
    const admins = cluster.urls.map((url) => stage.admin(url));
    const places: Place = { url: cluster.urls[0] as string, cluster: cluster.urls };
    const other = { url: '' };
    return {
      sound: places,
      refusing: other,
      async begin() {
        for (const [at, admin] of admins.entries()) {
          if (!(await about(admin)())) other.url = cluster.urls[at] as string;
        }
      },
      holds: async () => (await Promise.all(admins.map((admin) => about(admin)()))).includes(true),
    };
  },
);

export const fullForANewValue = fault({
  section: 'Redis',
  name: 'OOM on a set over an old value',
  how: 'maxmemory is reached; a process sets a new value over an old one, and another one that never saw the key reads it',
  quick: true,
  bounds: { 'the other process reads': exactly('not the old value') },
  async run(stage) {
    const server = await stage.server(['--maxmemory-policy', 'noeviction']);
    const admin = stage.admin(server.url);
    const one = await stage.open(server);
    const another = await stage.open(server);
    await stage.untilUsed(one, admin);
    await one.ask({ do: 'set', key: 'victim', value: 'old' });
    await admin.config('SET', 'maxmemory', 1);
    const set = await one.ask({ do: 'set', key: 'victim', value: 'new' });
    const read = await another.ask({ do: 'load', key: 'victim', value: 'fresh' });
    if ('missing' in set) return { 'the other process reads': 'not offered' };
    const look = (value: unknown): string => (value === 'old' ? 'the old value' : 'not the old value');
    return { 'the other process reads': seen(read, look) };
  },
});
