import {
  configFromEnvironment,
  configure,
  getCache,
  type KeepsakeConfig,
  resetConfiguration,
} from 'keepsake';
import { restoreEnvironment, setEnvironment } from './environment.js';
import { messageOf } from './message-of.js';
import { warningsOf } from './warnings.js';

const URL = 'redis://localhost:6379';

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
});

/** The options of the Redis backend that an environment stands for. */
function redisOf(env: Readonly<Record<string, string>>): unknown {
  return configFromEnvironment({ REDIS_URL: URL, ...env }).backends?.redis;
}

it('is memory without REDIS_URL', () => {
  expect(configFromEnvironment({})).toEqual({
    backends: { memory: { type: 'memory' } },
    caches: { default: { tiers: ['memory'] } },
  });
});

it('is memory in front of Redis with REDIS_URL', () => {
  expect(configFromEnvironment({ REDIS_URL: URL })).toEqual({
    backends: { memory: { type: 'memory' }, redis: { type: 'redis', url: URL } },
    caches: { default: { tiers: [{ backend: 'memory', maxTtl: '5m' }, 'redis'] } },
  });
});

it.each([
  ['REDIS_MAX_CONNECTIONS', '20', { maxConnections: 20 }],
  ['REDIS_SOCKET_TIMEOUT', '5', { socketTimeout: '5s' }],
  ['REDIS_SOCKET_TIMEOUT', ' 0.25 ', { socketTimeout: '0.25s' }],
  ['REDIS_CONNECT_TIMEOUT', '2.5', { connectTimeout: '2.5s' }],
  ['REDIS_RETRY_ON_TIMEOUT', 'True', { retryOnTimeout: true }],
  ['REDIS_RETRY_ON_TIMEOUT', '0', { retryOnTimeout: false }],
  ['REDIS_HEALTH_CHECK_INTERVAL', '30', { healthCheckInterval: '30s' }],
  ['REDIS_HEALTH_CHECK_INTERVAL', '0', {}],
  ['REDIS_HEALTH_CHECK_INTERVAL', '', {}],
])('honours %s=%p', (variable, value, options) => {
  expect(redisOf({ [variable]: value })).toEqual({ type: 'redis', url: URL, ...options });
});

it('reports every variable that is wrong at once, and never the URL', () => {
  const message = messageOf(() =>
    configFromEnvironment({
      REDIS_URL: 'http://:canary@host',
      REDIS_MAX_CONNECTIONS: '0',
      REDIS_SOCKET_TIMEOUT: '5s',
      REDIS_CONNECT_TIMEOUT: '-1',
      REDIS_RETRY_ON_TIMEOUT: 'maybe',
      REDIS_HEALTH_CHECK_INTERVAL: 'never',
    }),
  );
  expect(message.split('\n')).toEqual([
    'The environment has 6 problems:',
    "- REDIS_URL: what was found is no URL of a Redis (it is not shown, since it may hold a password). Allowed: 'redis[s]://[[user]:password@]host[:port][/database]'.",
    "- REDIS_MAX_CONNECTIONS: '0' was found. Allowed: a positive whole number.",
    "- REDIS_SOCKET_TIMEOUT: '5s' was found. Allowed: a positive number of seconds.",
    "- REDIS_CONNECT_TIMEOUT: '-1' was found. Allowed: a positive number of seconds.",
    "- REDIS_RETRY_ON_TIMEOUT: 'maybe' was found. Allowed: `true`, `1`, `yes`, `on`, `false`, `0`, `no` or `off`.",
    "- REDIS_HEALTH_CHECK_INTERVAL: 'never' was found. Allowed: a number of seconds, 0 for never.",
  ]);
});

it('says of settings without REDIS_URL that they have no effect', () => {
  const env = { REDIS_SOCKET_TIMEOUT: '5', REDIS_MAX_CONNECTIONS: '2' };
  expect(warningsOf(() => configFromEnvironment(env))).toEqual([
    'keepsake: REDIS_MAX_CONNECTIONS, REDIS_SOCKET_TIMEOUT are set without effect: there is no config and no REDIS_URL, so that the default cache is in memory.',
  ]);
});

describe('for the Redis backend of a config', () => {
  const withRedis: KeepsakeConfig = {
    backends: { shared: { type: 'redis' } },
    caches: { default: { tiers: ['shared'] } },
  };

  it('says where the server is', () => {
    setEnvironment({ REDIS_URL: undefined });
    expect(messageOf(() => configure(withRedis))).toContain('nothing says where the server is');
    setEnvironment({ REDIS_URL: URL });
    expect(() => configure(withRedis)).not.toThrow();
  });

  it('is not looked at where the config says where the server is', () => {
    setEnvironment({ REDIS_URL: 'unix:///run/redis.sock' });
    expect(messageOf(() => configure(withRedis))).toContain('REDIS_URL: what was found is no URL of a Redis');
    expect(() =>
      configure({ ...withRedis, backends: { shared: { type: 'redis', url: URL } } }),
    ).not.toThrow();
  });

  it('is checked with it', () => {
    setEnvironment({ REDIS_URL: URL, REDIS_MAX_CONNECTIONS: 'many' });
    expect(messageOf(() => configure(withRedis))).toBe(
      "configure: the config has a problem:\n- REDIS_MAX_CONNECTIONS: 'many' was found. Allowed: a positive whole number.",
    );
  });
});

it('does not look at the variables of Redis for a config that has none', () => {
  setEnvironment({ REDIS_MAX_CONNECTIONS: 'many' });
  configure({ backends: { memory: { type: 'memory' } }, caches: { default: { tiers: ['memory'] } } });
  expect(getCache().stats().tiers[0]?.name).toBe('memory');
});

it('is what the default cache is made of where nothing is configured', () => {
  setEnvironment({ REDIS_URL: URL });
  expect(
    getCache()
      .stats()
      .tiers.map(({ name }) => name),
  ).toEqual(['memory', 'redis']);
});
