// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders are what is tested
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  configFromEnvironment,
  configure,
  configureFromFile,
  type KeepsakeConfig,
  resetConfiguration,
} from 'keepsake';
import { directoryWith, removeDirectories } from './directory.js';
import { restoreEnvironment, setEnvironment } from './environment.js';

const CANARY = 'c4n4ry';

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
  removeDirectories();
});

/** All that can be seen of the error that `work` throws. */
function seen(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return [(error as Error).message, inspect(error, { depth: 10 }), JSON.stringify(error)].join('\n');
  }
  throw new Error('nothing was thrown');
}

const redis = (options: object): unknown => ({
  backends: { r: { type: 'redis', ...options } },
  caches: { default: { tiers: ['r'] } },
});

it.each([
  ['a URL of another kind', redis({ url: `http://:${CANARY}@host` })],
  ['a URL that is none', redis({ url: `redis://:${CANARY}@ho st:x` })],
  ['a URL with a path that is no database', redis({ url: `redis://:${CANARY}@host/x` })],
  ['a URL in the wrong place', redis({ url: 'redis://host', connectTimeout: `redis://:${CANARY}@host` })],
  ['a URL instead of a backend', { backends: { r: `redis://:${CANARY}@host` } }],
  ['a URL as the type', { backends: { r: { type: `redis://:${CANARY}@host` } } }],
  ['a misspelt password', redis({ server: { pasword: CANARY } })],
  ['a password that is not alone', redis({ server: { password: [CANARY] } })],
  ['two places', redis({ url: `redis://:${CANARY}@host`, server: { password: CANARY } })],
  ['a root node', redis({ cluster: { rootNodes: [{ url: `rediss:/${CANARY}@host` }] } })],
])('shows no secret of %s', (_, config) => {
  expect(seen(() => configure(config as KeepsakeConfig))).not.toContain(CANARY);
});

it('shows no number that is a password', () => {
  expect(seen(() => configure(redis({ server: { password: 31_337 } }) as KeepsakeConfig))).not.toContain(
    '31337',
  );
});

it('shows no secret of a file that is not JSON', () => {
  const files = {
    'a.json': `{ "url": "redis://:${CANARY}@host", }`,
    'b.json': `{ "password": ${CANARY} }`,
    'c.json': `{ "password": "${CANARY}`,
  };
  const directory = directoryWith(files);
  for (const file of Object.keys(files)) {
    expect(seen(() => configureFromFile(join(directory, file)))).not.toContain(CANARY);
  }
});

it('shows no secret that stands for a placeholder', () => {
  setEnvironment({ KEEPSAKE_SECRET: CANARY });
  const config = { namespace: '~${KEEPSAKE_SECRET}', caches: { default: { tiers: ['${KEEPSAKE_SECRET}'] } } };
  const file = join(directoryWith({ 'c.json': JSON.stringify(config) }), 'c.json');
  expect(seen(() => configureFromFile(file))).not.toContain(CANARY);
});

it('shows no secret of the environment', () => {
  expect(seen(() => configFromEnvironment({ REDIS_URL: `https://:${CANARY}@host` }))).not.toContain(CANARY);
});
