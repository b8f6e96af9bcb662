import { configure, type KeepsakeConfig, resetConfiguration } from 'keepsake';
import { restoreEnvironment, setEnvironment } from './environment.js';
import { messageOf } from './message-of.js';
import { warningsOf } from './warnings.js';

/** What no compiler has seen: a config from JSON. */
const given = (config: unknown): KeepsakeConfig => config as KeepsakeConfig;
const report = (config: unknown): string => messageOf(() => configure(given(config)));

beforeEach(() => setEnvironment({ REDIS_URL: undefined }));

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
});

it('reports every problem at once, with its path, what was found and what is allowed', () => {
  const message = report({
    cashes: {},
    namespace: 'a~b',
    profiles: { predictions: '2 hours', zero: '0s' },
    backends: {
      memory: { type: 'memory', maxEntires: 10, maxBytes: -1 },
      disk: { type: 'fiel', directory: '/tmp/x' },
      folder: { type: 'file' },
      shared: { type: 'redis' },
      both: { type: 'redis', url: 'redis://localhost', server: {}, connectTimeout: 'forever' },
      group: { type: 'redis', sentinel: { name: 'main', sentinelRootNodes: [{ host: 'a', prot: 1 }] } },
      flat: 'memory',
      'a b': { type: 'memory' },
    },
    caches: {
      default: {
        tiers: ['memroy', { backend: 'folder', maxTtl: 0, maxttl: 1 }, 5],
        ttl: 'profile:prediction',
      },
      llm: { tiers: [], version: '1~2', timeout: true },
      twice: { tiers: ['folder', 'folder'], duplicateIds: 'replaced' },
    },
  });
  expect(message.split('\n')).toEqual([
    'configure: the config has 25 problems:',
    "- namespace: 'a~b' was found. Allowed: a text that is not empty and holds no `~`.",
    expect.stringMatching(
      /^- profiles\.predictions: '2 hours' was found\. Allowed: a number with a unit \('500ms'/,
    ),
    expect.stringMatching(/^- profiles\.zero: '0s' was found\. Allowed: a number with a unit/),
    '- backends.memory.maxBytes: -1 was found. Allowed: a positive whole number.',
    expect.stringMatching(
      /^- backends\.memory: there is no property 'maxEntires'\. Did you mean `maxEntries`\? Allowed: `type`, `maxEntries`, /,
    ),
    "- backends.disk.type: 'fiel' was found. Did you mean 'file'? Allowed: 'memory', 'file', 'redis', 'keyv', 'custom'.",
    '- backends.folder.directory: nothing was found. Allowed: the path of a directory.',
    expect.stringMatching(
      /^- backends\.both\.connectTimeout: 'forever' was found\. Allowed: a number with a unit \([^)]*\), or a positive number of milliseconds\.$/,
    ),
    '- backends.group.sentinel.sentinelRootNodes[0].port: nothing was found. Allowed: a port from 1 to 65535.',
    "- backends.group.sentinel.sentinelRootNodes[0]: there is no property 'prot'. Did you mean `port`? Allowed: `host`, `port`.",
    "- backends.flat: 'memory' was found. Allowed: an object with a `type` ('memory', 'file', 'redis', 'keyv', 'custom').",
    '- backends["a b"]: this name was found. Allowed: a name of letters, digits, `_`, `-` and `.` that starts with a letter or digit.',
    expect.stringMatching(
      /^- caches\.default\.tiers\[1\]\.maxTtl: 0 was found\. Allowed: a number with a unit/,
    ),
    "- caches.default.tiers[1]: there is no property 'maxttl'. Did you mean `maxTtl`? Allowed: `backend`, `maxTtl`.",
    '- caches.default.tiers[2]: 5 was found. Allowed: the name of a backend, or { backend, maxTtl }.',
    '- caches.llm.tiers: an empty array was found. Allowed: a list of one or more tiers, the front first.',
    "- caches.llm.version: '1~2' was found. Allowed: a whole number, or a text of letters, digits, `_`, `-` and `.`.",
    expect.stringMatching(/^- caches\.llm\.timeout: true was found\. Allowed: a number with a unit/),
    "- caches.twice.duplicateIds: 'replaced' was found. Did you mean 'replace'? Allowed: 'refuse', 'replace'.",
    "- there is no property 'cashes'. Did you mean `caches`? Allowed: `$schema`, `namespace`, `profiles`, `backends`, `caches`.",
    '- backends.shared: nothing says where the server is. Allowed: exactly one of url, server, sentinel, cluster, client; or none of them, with REDIS_URL set.',
    '- backends.both: url and server were found. Allowed: exactly one of url, server, sentinel, cluster, client; or none of them, with REDIS_URL set.',
    expect.stringMatching(
      /^- caches\.default\.tiers\[0\]: 'memroy' names no backend\. Did you mean 'memory'\? Allowed: 'memory', 'disk', /,
    ),
    "- caches.default.ttl: 'profile:prediction' names no profile. Did you mean 'predictions'? Allowed: 'predictions', 'zero'.",
    "- caches.twice.tiers[1]: 'folder' is a tier of this cache already. Allowed: each once.",
  ]);
});

it('says of each freshness option what it may be', () => {
  const cache = (options: object): object => ({ tiers: ['memory'], ...options });
  const message = report({
    backends: { memory: { type: 'memory' } },
    caches: {
      a: cache({ staleWhileRevalidate: '1 day', staleIfError: -1, softTimeout: 0, hardTimeout: '10' }),
      b: cache({ retryAfter: 'forever', earlyRefresh: 'probabilistc', jitter: 1, detectRecursion: 'yes' }),
      c: cache({ earlyRefresh: 1, jitter: -0.1, staleIfErrors: '1d' }),
      d: cache({ earlyRefresh: { beta: 0 }, jitter: '5%' }),
      e: cache({ earlyRefresh: { bta: 1 } }),
      f: cache({ earlyRefresh: true }),
    },
  });
  const duration =
    "a number with a unit ('500ms', '30s', '5m', '2h', '1d', '1w'), 'forever', or a positive number of milliseconds.";
  const early = "a fraction of the ttl between 0 and 1, 'probabilistic', or { beta } above 0.";
  expect(message.split('\n').slice(1)).toEqual([
    `- caches.a.staleWhileRevalidate: '1 day' was found. Allowed: ${duration}`,
    `- caches.a.staleIfError: -1 was found. Allowed: ${duration}`,
    `- caches.a.softTimeout: 0 was found. Allowed: ${duration}`,
    `- caches.a.hardTimeout: '10' was found. Allowed: ${duration}`,
    `- caches.b.retryAfter: 'forever' was found. Allowed: ${duration.replace("'forever', ", '')}`,
    `- caches.b.earlyRefresh: 'probabilistc' was found. Did you mean 'probabilistic'? Allowed: ${early}`,
    '- caches.b.jitter: 1 was found. Allowed: a fraction from 0 to less than 1.',
    "- caches.b.detectRecursion: 'yes' was found. Allowed: true or false.",
    `- caches.c.earlyRefresh: 1 was found. Allowed: ${early}`,
    '- caches.c.jitter: -0.1 was found. Allowed: a fraction from 0 to less than 1.',
    expect.stringMatching(
      /^- caches\.c: there is no property 'staleIfErrors'\. Did you mean `staleIfError`\? Allowed: `tiers`, /,
    ),
    '- caches.d.earlyRefresh.beta: 0 was found. Allowed: a number above 0.',
    "- caches.d.jitter: '5%' was found. Allowed: a fraction from 0 to less than 1.",
    '- caches.e.earlyRefresh.beta: nothing was found. Allowed: a number above 0.',
    "- caches.e.earlyRefresh: there is no property 'bta'. Did you mean `beta`? Allowed: `beta`.",
    `- caches.f.earlyRefresh: true was found. Allowed: ${early}`,
  ]);
});

it('takes every freshness option in each of its forms', () => {
  const config: KeepsakeConfig = {
    backends: { memory: { type: 'memory' } },
    caches: {
      default: {
        tiers: ['memory'],
        staleWhileRevalidate: '1m',
        staleIfError: 'forever',
        retryAfter: '10s',
        softTimeout: '200ms',
        hardTimeout: 'forever',
        earlyRefresh: 0.8,
        jitter: 0,
        detectRecursion: true,
      },
      xfetch: { tiers: ['memory'], earlyRefresh: 'probabilistic' },
      eager: { tiers: ['memory'], earlyRefresh: { beta: 2.5 } },
    },
  };
  expect(warningsOf(() => configure(config))).toEqual([]);
});

it('refuses backends that no cache could use', () => {
  expect(report({ backends: { memory: { type: 'memory' } } })).toBe(
    'configure: the config has a problem:\n' +
      '- caches: nothing was found, so that no backend is used. Allowed: { default: { tiers: [a backend] } }.',
  );
});

it('refuses two caches over the same keys of one backend', () => {
  const backends = { memory: { type: 'memory' }, other: { type: 'memory' } };
  expect(
    report({
      backends,
      caches: { default: { tiers: ['memory'] }, a: { tiers: ['memory'], namespace: 'keepsake' } },
    }),
  ).toContain("- caches.a.namespace: this is the namespace of the cache 'default' too, on the same backend.");
  const apart = { default: { tiers: ['memory'] }, a: { tiers: ['other'], namespace: 'keepsake' } };
  expect(() => configure(given({ backends, caches: apart }))).not.toThrow();
});

it.each([[undefined], [null], ['memory'], [[]], [5]])('refuses %p as a config', (config) => {
  expect(report(config)).toContain(
    'Allowed: an object of `$schema`, `namespace`, `profiles`, `backends`, `caches`.',
  );
});

it('warns once of numbers that were probably meant as seconds, and names them', () => {
  const config: KeepsakeConfig = {
    profiles: { short: 30 },
    backends: { memory: { type: 'memory', maxEntries: 10, sweepEvery: 5 } },
    caches: {
      default: { tiers: ['memory'], ttl: 5000, staleWhileRevalidate: 60, staleIfError: 600, retryAfter: 10 },
      llm: { tiers: ['memory'], hardTimeout: 30, softTimeout: 200, earlyRefresh: 0.8, jitter: 0.1 },
    },
  };
  expect(warningsOf(() => [configure(config), configure(config)])).toEqual([
    'keepsake: profiles.short is 30 ms, backends.memory.sweepEvery is 5 ms, ' +
      'caches.default.staleWhileRevalidate is 60 ms, caches.default.staleIfError is 600 ms, ' +
      'caches.default.retryAfter is 10 ms, caches.llm.hardTimeout is 30 ms: ' +
      "a number is milliseconds. Write the unit, such as '30s' or '30ms'.",
  ]);
});
