import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configureFromFile } from 'keepsake';
import { directoryWith, removeDirectories } from './directory.js';
import { messageOf } from './message-of.js';

const CHILD = join(__dirname, 'child.ts');
const JSON_CONFIG = JSON.stringify(configNamed('json'));

afterEach(() => {
  jest.restoreAllMocks();
  removeDirectories();
});

/** A config whose only backend tells which config it is. */
function configNamed(name: string): object {
  return { backends: { [name]: { type: 'memory' } }, caches: { default: { tiers: [name], ttl: '1m' } } };
}

/** What `child.ts` says when it runs in `directory`: the tiers of its default cache, or an error. */
function tiersSeenIn(directory: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@keepsake/source', '--import', require.resolve('tsx'), CHILD, directory],
    { encoding: 'utf8', env: { ...process.env, REDIS_URL: '' } },
  );
  return stdout.trim() || stderr;
}

describe('the nearest config file', () => {
  it.each([
    ['json', JSON_CONFIG],
    ['js', `module.exports = ${JSON.stringify(configNamed('js'))};`],
    ['mjs', `export default ${JSON.stringify(configNamed('mjs'))};`],
    [
      'ts',
      `interface Named { backends: object }\nexport default ${JSON.stringify(configNamed('ts'))} satisfies Named;`,
    ],
  ])('is found upwards and loaded at the first call: .%s', (extension, content) => {
    const directory = directoryWith({ [`keepsake.config.${extension}`]: content, 'a/b/here.txt': '' });
    expect(tiersSeenIn(join(directory, 'a/b'))).toBe(`${extension} 1`);
  });

  it('is the environment where there is none', () => {
    expect(tiersSeenIn(directoryWith())).toBe('memory 1');
  });

  it('hides the ones above it', () => {
    const near = JSON.stringify(configNamed('near'));
    const directory = directoryWith({ 'keepsake.config.json': JSON_CONFIG, 'a/keepsake.config.json': near });
    expect(tiersSeenIn(join(directory, 'a'))).toBe('near 1');
  });

  it('is refused beside another one', () => {
    const directory = directoryWith({ 'keepsake.config.json': JSON_CONFIG, 'keepsake.config.mjs': '' });
    expect(tiersSeenIn(directory)).toBe(
      `CACHE_CONFIG ${directory} has both keepsake.config.json and keepsake.config.mjs. Allowed: one config file.`,
    );
  });

  it('rejects every call while it is wrong', () => {
    const directory = directoryWith({ 'keepsake.config.json': '{"backends": {}, "cache": {}}' });
    expect(tiersSeenIn(directory)).toMatch(
      /^CACHE_CONFIG .*keepsake\.config\.json has a problem:\n- there is no/,
    );
  });
});

it('is asked for by configureFromFile, which says where it looked', () => {
  jest.spyOn(process, 'cwd').mockReturnValue(directoryWith());
  expect(messageOf(() => configureFromFile())).toContain('in the working directory or above it');
  jest.restoreAllMocks();
});

it('says what to do where the runtime does not load TypeScript', () => {
  if ((process.features as { typescript?: unknown }).typescript) return;
  const file = join(
    directoryWith({ 'keepsake.config.ts': 'export default {} as object;' }),
    'keepsake.config.ts',
  );
  // Loaded in a process without tsx, through the compiled form of the one file that does it.
  const { outputText } = (require('typescript') as typeof import('typescript')).transpileModule(
    readFileSync(join(__dirname, '../src/config/load-config.ts'), 'utf8'),
    { compilerOptions: { module: 1, target: 9 } },
  );
  const compiled = directoryWith({ 'load.cjs': outputText.replace('@keepsake/core', './core.cjs') });
  const script = `
    const Module = require('node:module');
    const load = Module._load;
    Module._load = (id, ...rest) => id === './core.cjs' ? { CacheConfigError: Error } : load(id, ...rest);
    try { require('./load.cjs').loadConfig(${JSON.stringify(file)}); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: compiled, encoding: 'utf8' });
  expect(stdout).toContain(
    'does not load TypeScript. Run with `node --import tsx`, use Node 22.18 or later,',
  );
});
