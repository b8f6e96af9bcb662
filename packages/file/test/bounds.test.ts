import { statSync } from 'node:fs';
import { type FileOptions, file } from '@keepsake/file';
import { entriesIn, entryOf, filesIn, freshDirectory, removeDirectories, sorted } from './directory.js';
import { plainCodec } from './plain-codec.js';

afterEach(removeDirectories);

const open = (directory: string, options: Partial<FileOptions>) =>
  file({ directory, codec: plainCodec, ...options });
const bytesIn = (directory: string): number =>
  entriesIn(directory).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);

describe('a bounded file tier', () => {
  it('never holds more than maxEntries, and evicts the least recently used', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) await tier.set(key, entryOf(key));
    await tier.get('a');
    await tier.set('d', entryOf('d'));
    expect(await sorted(tier.keys())).toEqual(['a', 'c', 'd']);
    await tier.set('c', entryOf('again'));
    await tier.set('e', entryOf('e'));
    expect(await sorted(tier.keys())).toEqual(['c', 'd', 'e']);
    expect(await tier.info?.()).toMatchObject({ size: 3, maxSize: 3 });
  });

  it('never takes more than maxBytes', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxBytes: 20_000 });
    for (let i = 0; i < 60; i += 1) {
      await tier.set(`k${i % 40}`, entryOf('x'.repeat(500 + i * 50)));
      expect(bytesIn(directory)).toBeLessThanOrEqual(20_000);
    }
    expect(bytesIn(directory)).toBeGreaterThan(14_000);
    expect(await tier.info?.()).toMatchObject({ bytes: bytesIn(directory), maxBytes: 20_000 });
  });

  it('refuses an entry that is larger than all its room, and keeps what was there', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxBytes: 2000 });
    await tier.set('k', entryOf('old'));
    await expect(tier.set('k', entryOf('x'.repeat(3000)))).rejects.toMatchObject({
      code: 'CACHE_FULL',
      key: 'k',
      tier: 'file',
    });
    expect((await tier.get('k'))?.value).toBe('old');
  });

  it('counts what an earlier process left, the least recently written first', async () => {
    const directory = freshDirectory();
    const first = open(directory, {});
    for (let i = 0; i < 20; i += 1) await first.set(`old${i}`, entryOf(i));
    const tier = open(directory, { maxEntries: 10 });
    await tier.set('new', entryOf('v'));
    expect(entriesIn(directory)).toHaveLength(10);
    expect(await tier.get('old0')).toBeUndefined();
    expect((await tier.get('old19'))?.value).toBe(19);
  });

  it('counts what was deleted and cleared as free', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxEntries: 4 });
    for (const key of ['a', 'b', 'c', 'd']) await tier.set(key, entryOf(key));
    await tier.delete('d');
    await tier.set('e', entryOf('e'));
    expect(await sorted(tier.keys())).toEqual(['a', 'b', 'c', 'e']);
    await tier.clear('a');
    await tier.set('f', entryOf('f'));
    expect(await sorted(tier.keys())).toEqual(['b', 'c', 'e', 'f']);
  });

  it('holds its bound under many writes at once', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxEntries: 50 });
    await Promise.all(Array.from({ length: 400 }, async (_, i) => await tier.set(`k${i}`, entryOf(i))));
    expect(entriesIn(directory)).toHaveLength(50);
    expect(filesIn(directory)).toHaveLength(51);
  });

  it('holds its bound within 5 % while others write to the directory', async () => {
    const directory = freshDirectory();
    const tiers = [1, 2, 3].map(() => open(directory, { maxEntries: 200, maxBytes: 200_000 }));
    let most = 0;
    for (let i = 0; i < 400; i += 1) {
      await Promise.all(tiers.map(async (tier, t) => await tier.set(`${t}:${i}`, entryOf('x'.repeat(600)))));
      if (i % 20 === 0) most = Math.max(most, entriesIn(directory).length);
    }
    expect(Math.max(most, entriesIn(directory).length)).toBeLessThanOrEqual(210);
    expect(entriesIn(directory).length).toBeGreaterThan(150);
    expect(bytesIn(directory)).toBeLessThanOrEqual(210_000);
  });
});
