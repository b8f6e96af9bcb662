import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { file } from '@keepsake/file';
import { entriesIn, entryOf, freshDirectory, removeDirectories, sorted } from './directory.js';
import { plainCodec } from './plain-codec.js';

afterEach(removeDirectories);

const keys = [
  '',
  'a',
  'A',
  'a/b',
  'a/b/c',
  '..',
  '../../outside',
  '/etc/passwd',
  'C:\\Windows',
  '\\\\server\\share',
  'CON',
  'nul',
  '.',
  '.journal',
  'a\0b',
  'x'.repeat(300),
  'y'.repeat(5000),
  'z'.repeat(100_000),
  'é',
  'e\u0301',
  'ß',
  'SS',
  '\ud800',
  '\ud801',
  '\ufffd',
  '\n',
  ' ',
  '*',
  '__proto__',
];

describe('hostile keys', () => {
  it.each(['sync', 'async'] as const)(
    'are all told apart and stay inside the directory (%s reads)',
    async (reads) => {
      const directory = freshDirectory();
      const tier = file({ directory, codec: plainCodec, reads });
      for (const [i, key] of keys.entries()) await tier.set(key, entryOf(i));
      for (const [i, key] of keys.entries()) expect((await tier.get(key))?.value).toBe(i);
      expect(await sorted(tier.keys())).toEqual([...keys].sort());
      expect(await tier.sweep?.()).toBe(0);
      const paths = entriesIn(directory).map((path) => relative(directory, path));
      expect(paths).toHaveLength(keys.length);
      for (const path of paths) expect(path).toMatch(/^([0-9a-f]{2})[/\\]\1[0-9a-f]{62}$/);
      for (const key of keys) expect(await tier.delete(key)).toBe(true);
      expect(entriesIn(directory)).toEqual([]);
    },
  );

  it('have files that are named by the SHA-256 digest of the key', async () => {
    const directory = freshDirectory();
    await file({ directory, codec: plainCodec }).set('user:42', entryOf(1));
    const digest = createHash('sha256').update('user:42').digest('hex');
    expect(entriesIn(directory)[0]).toContain(digest);
  });
});
