import { CacheConfigError } from '@keepsake/core';
import { keyv, type RedisBusOptions, type RedisOptions, redis, redisBus } from '@keepsake/keyv';
import { createClient, createCluster } from '@keyv/redis';
import { plainCodec } from './plain-codec.js';

const url = 'redis://localhost:6379';
const rootNodes = [{ url }];
const secretUrl = 'redis://bob:canary@h';

const refused: [option: string, options: unknown, message: RegExp][] = [
  ['nothing at all', {}, /exactly one of url, server, sentinel, cluster, client.*given: none/],
  ['two servers', { url, cluster: { rootNodes } }, /exactly one of.*given: url, cluster/],
  ['an unknown option', { url, timeout: 5 }, /'timeout' is no option. Allowed: url, /],
  ['another protocol', { url: 'http://localhost' }, /url is not a URL of a Redis. Allowed: 'redis\[s\]/],
  ['a URL that is none', { url: 'localhost:6379' }, /url is not a URL of a Redis/],
  ['a database that is no number', { url: `${url}/main` }, /url is not a URL of a Redis/],
  ['a cluster without nodes', { cluster: { rootNodes: [] } }, /rootNodes must list at least one node/],
  ['a bad root node', { cluster: { rootNodes: [{ url: 'x' }] } }, /cluster\.rootNodes\[0\]\.url is not/],
  [
    'replicas of a cluster',
    { cluster: { rootNodes, useReplicas: true } },
    /useReplicas cannot be set: a replica/,
  ],
  [
    'a sentinel without a group',
    { sentinel: { sentinelRootNodes: [] } },
    /sentinel needs the name of its group/,
  ],
  [
    'replicas of a sentinel',
    { sentinel: { name: 'm', sentinelRootNodes: [{ host: 'h', port: 1 }], replicaPoolSize: 1 } },
    /replicaPoolSize/,
  ],
  [
    'a sentinel whose port is no number',
    { sentinel: { name: 'm', sentinelRootNodes: [{ host: 'h', port: '26379' }] } },
    /sentinel\.sentinelRootNodes\[0\]\.port: '26379' was given\. Allowed: a whole number from 1 to 65535/,
  ],
  [
    'a sentinel without a host',
    { sentinel: { name: 'm', sentinelRootNodes: [{ port: 26379 }] } },
    /sentinelRootNodes\[0\]\.host: undefined was given/,
  ],
  [
    'an option that node-redis does not have',
    { server: { hots: 'h' } },
    /server: 'hots' is no option of node-redis/,
  ],
  ['a host beside the socket', { server: { host: 'h' } }, /server: 'host' is no option.*socket/],
  ['such an option of a root node', { cluster: { rootNodes: [{ url, hots: 1 }] } }, /rootNodes\[0\]: 'hots'/],
  ['a port that is no number', { server: { socket: { port: 'a' } } }, /server\.socket\.port: 'a' was given/],
  ['a client that is none', { client: {} }, /client must be a client, cluster or sentinel of node-redis/],
  [
    "the client's own reconnecting",
    { server: { socket: { reconnectStrategy: 5 } } },
    /reconnectStrategy cannot be set/,
  ],
  [
    "the client's own ping",
    { server: { pingInterval: 5 } },
    /pingInterval cannot be set: use healthCheckInterval/,
  ],
  ['no name', { url, name: '' }, /name: .*Allowed/],
  ['a timeout of 0', { url, commandTimeout: 0 }, /commandTimeout: 0 is not a duration/],
  [
    'a timeout without an end',
    { url, connectTimeout: 'forever' },
    /connectTimeout: 'forever' is not a duration that ends\. Allowed: a positive number of milliseconds, or a number with a unit \([^)]*\)\.$/,
  ],
  [
    'a timeout in words',
    { url, socketTimeout: 'soon' },
    /socketTimeout: 'soon' is not a duration that ends\. Allowed: (?!.*forever)/,
  ],
  ['a health check of NaN', { url, healthCheckInterval: Number.NaN }, /healthCheckInterval: NaN/],
  [
    'a retry that is no flag',
    { url, retryOnTimeout: 'yes' },
    /retryOnTimeout: 'yes'. Allowed: true or false/,
  ],
  ['a codec that is none', { url, codec: 'json' }, /codec must have encode, decode/],
  ['a clock that is none', { url, clock: Date }, /clock must have now, after/],
  ['no connection', { url, maxConnections: 0 }, /maxConnections: 0. Allowed: a whole number from 1/],
];

describe('redis()', () => {
  it.each(refused)('refuses %s', (_what, options, message) => {
    const build = (): unknown => redis({ codec: plainCodec, ...(options as RedisOptions) });
    expect(build).toThrow(CacheConfigError);
    expect(build).toThrow(message);
  });

  it('shows no password of a bad URL', () => {
    for (const bad of ['redis://user:canary@', 'http://user:canary@host', 'redis://user:canary@host/x']) {
      expect(() => redis(bad)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('canary') }),
      );
    }
  });

  it.each<[string, () => unknown]>([
    ['a timeout', () => redis({ url, commandTimeout: secretUrl as never })],
    ['the name of an option', () => redis({ [secretUrl]: 1 } as never)],
    ['a flag', () => redis({ url, retryOnTimeout: secretUrl as never })],
    ['a limit', () => redis({ url, maxConnections: [secretUrl] as never })],
    ['a name', () => redis({ url, name: [secretUrl] as never })],
    ['a second argument', () => redis(url, secretUrl as never)],
    ['an option of node-redis', () => redis({ server: { [secretUrl]: 1 } as never })],
    ['the length of a bus', () => redisBus({ url, length: secretUrl as never })],
    ['the channel of a bus', () => redisBus({ url, channel: [secretUrl] as never })],
    ['an option of keyv()', () => keyv(new Map(), { [secretUrl]: 1 } as never)],
  ])('shows no URL that was given as %s', (_what, build) => {
    expect(build).toThrow(CacheConfigError);
    expect(build).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
  });

  it('takes options beside a URL', async () => {
    const backend = redis(url, { name: 'shared', commandTimeout: '200ms', codec: plainCodec });
    expect(backend.name).toBe('shared');
    await backend.close?.();
    const bus = redisBus(url, { name: 'hub', channel: 'prices' });
    expect(bus.name).toBe('hub');
    await bus.close?.();
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['a second location', url, { url }, /`url` was given beside a URL: two locations\. Allowed: \(url\)/],
    ['a second location', url, { cluster: { rootNodes } }, /`cluster` was given beside a URL/],
    ['an unknown option', url, { timeout: 5 }, /'timeout' is no option/],
    ['no options', url, 5, /5 was given beside a URL/],
    ['nothing', url, null, /null was given beside a URL/],
    ['options', { url }, { commandTimeout: 5 }, /an object was given beside an object\. Allowed: \(url\)/],
  ])('refuses %s beside %p', (_what, where, more, message) => {
    expect(() => redis(where as string, more as RedisOptions)).toThrow(message);
    expect(() => redisBus(where as string, more as RedisBusOptions)).toThrow(message);
  });

  it.each<[string, RedisOptions]>([
    ['client options', { server: { url, name: 'app', socket: { keepAlive: true } } }],
    [
      'a sentinel group',
      { sentinel: { name: 'main', sentinelRootNodes: [{ host: 'localhost', port: 26379 }] } },
    ],
    ['a cluster', { cluster: { rootNodes, defaults: { username: 'app' } } }],
    ['a client', { client: createClient({ url }) }],
    ['a cluster client', { client: createCluster({ rootNodes }) }],
    [
      'every length and limit',
      {
        url,
        name: 'shared',
        connectTimeout: '1s',
        commandTimeout: 250,
        socketTimeout: '2s',
        retryOnTimeout: true,
        healthCheckInterval: '30s',
        maxConnections: 1,
      },
    ],
  ])('takes %s and connects nothing before the first call', async (_what, options) => {
    const backend = redis({ ...options, codec: plainCodec });
    expect(backend.name).toBe(options.name ?? 'redis');
    await backend.close?.();
  });
});
