// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders are what is tested
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configureFromFile, getCache, resetConfiguration } from 'keepsake';
import { directoryWith, removeDirectories } from './directory.js';
import { restoreEnvironment, setEnvironment } from './environment.js';
import { messageOf } from './message-of.js';

const IN_MEMORY = { backends: { own: { type: 'memory' } }, caches: { default: { tiers: ['own'] } } };

afterEach(async () => {
  restoreEnvironment();
  await resetConfiguration();
  removeDirectories();
});

/** Reads `config` as a file: what is said of it. */
function problemsOf(config: unknown): string {
  const directory = directoryWith({ 'keepsake.config.json': JSON.stringify(config) });
  return messageOf(() => configureFromFile(join(directory, 'keepsake.config.json')));
}

describe('configureFromFile', () => {
  it('takes a path, and says which file it was', async () => {
    const file = join(directoryWith({ 'other.json': JSON.stringify(IN_MEMORY) }), 'other.json');
    expect(configureFromFile(file)).toBe(file);
    expect(getCache().stats().tiers[0]?.name).toBe('own');
  });

  it('keeps relative directories beside the file', async () => {
    const config = {
      backends: { disk: { type: 'file', directory: './values' } },
      caches: { default: { tiers: ['disk'] } },
    };
    const directory = directoryWith({ 'c.json': JSON.stringify(config) });
    configureFromFile(join(directory, 'c.json'));
    await getCache().set('a', 1);
    await resetConfiguration();
    configureFromFile(join(directory, 'c.json'));
    expect(await getCache().get('a')).toBe(1);
    expect(readdirSync(directory)).toContain('values');
  });

  it('says what to do about a file that cannot be loaded, without quoting it', () => {
    const directory = directoryWith({
      'bad.json': '{\n  "password": "canary",\n  "b": }',
      'promise.js': 'module.exports = Promise.resolve({});',
      'throws.js': "throw new Error('no such thing');",
    });
    const said = (file: string): string => messageOf(() => configureFromFile(join(directory, file)));
    expect(said('absent.json')).toMatch(/absent\.json cannot be read: ENOENT\.$/);
    expect(said('bad.json')).toMatch(/bad\.json(, line 3)?: this is not JSON\./);
    expect(said('promise.js')).toContain('exports a promise. Allowed: an object.');
    expect(said('throws.js')).toMatch(/throws\.js cannot be loaded: no such thing$/);
  });
});

describe('placeholders', () => {
  const withName = (name: string): unknown => ({
    backends: { a: { type: 'file', directory: name } },
    caches: { default: { tiers: ['a'] } },
  });

  it('are replaced by variables, or their defaults', async () => {
    setEnvironment({ KEEPSAKE_A: 'a', KEEPSAKE_EMPTY: '', KEEPSAKE_TTL: '1m' });
    const config = {
      namespace: '${KEEPSAKE_A}-${KEEPSAKE_NONE:-none}-${KEEPSAKE_EMPTY:-empty}-$${KEEPSAKE_A}',
      backends: { memory: { type: 'memory' } },
      caches: { default: { tiers: ['memory'], ttl: '${KEEPSAKE_TTL}' } },
    };
    configureFromFile(join(directoryWith({ 'c.json': JSON.stringify(config) }), 'c.json'));
    expect(decodeURIComponent(getCache().path)).toBe('a-none-empty-${KEEPSAKE_A}');
  });

  it('are a problem where they are not set or cannot be read, once each', () => {
    expect(
      problemsOf({ ...(withName('${KEEPSAKE_NONE}/${1X}/${KEEPSAKE_NO') as object), namespace: 1 }),
    ).toMatch(
      new RegExp(
        [
          'keepsake\\.config\\.json has 3 problems:',
          '- backends\\.a\\.directory: the environment variable KEEPSAKE_NONE is not set\\. Set it, or give a default: \\$\\{KEEPSAKE_NONE:-default\\}\\.',
          '- backends\\.a\\.directory: a placeholder that cannot be read was found\\. .*',
          '- namespace: 1 was found\\. .*$',
        ].join('\n'),
      ),
    );
  });

  it('never show what they stand for', () => {
    setEnvironment({ KEEPSAKE_SECRET: 'canary' });
    const message = problemsOf({
      backends: { a: { type: 'file', directory: 'x', reads: '${KEEPSAKE_SECRET}' } },
      caches: { default: { tiers: ['a'], ttl: '${KEEPSAKE_SECRET}' } },
    });
    expect(message).toContain('caches.default.ttl: the value of an environment variable was found.');
    expect(message).not.toContain('canary');
  });
});
