import { copyFileSync, mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Codec, systemClock } from '@keepsake/core';
import { file } from '@keepsake/file';
import { entriesIn, entryOf, filesIn, freshDirectory, removeDirectories, sorted } from './directory.js';
import { plainCodec } from './plain-codec.js';

afterEach(removeDirectories);

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  writeFileSync(path, bytes);
};

const damages: [string, (path: string) => void][] = [
  ['an empty file', (path) => writeFileSync(path, '')],
  ['a truncated header', (path) => truncateSync(path, 20)],
  ['a truncated payload', (path) => truncateSync(path, readFileSync(path).length - 1)],
  ['trailing bytes', (path) => writeFileSync(path, 'x', { flag: 'a' })],
  ['garbage', (path) => writeFileSync(path, Buffer.alloc(500, 7))],
  ["somebody's JSON", (path) => writeFileSync(path, '{"value":1}')],
  ['another version', (path) => flip(path, 3)],
  ['a flipped bit of the checksum', (path) => flip(path, 4)],
  ['a flipped bit of the expiry', (path) => flip(path, 27)],
  ['a flipped bit of the key length', (path) => flip(path, 31)],
  ['a flipped bit of the payload', (path) => flip(path, -1)],
];

describe.each(['sync', 'async'] as const)('a damaged entry (%s reads)', (reads) => {
  it.each(damages)('is a miss and repaired: %s', async (_, damage) => {
    const directory = freshDirectory();
    const tier = file({ directory, codec: plainCodec, reads });
    await tier.set('k', entryOf('v'));
    const [path] = entriesIn(directory) as [string];
    damage(path);
    await new Promise(setImmediate);
    expect(await tier.get('k')).toBeUndefined();
    expect(entriesIn(directory)).toEqual([]);
    await tier.set('k', entryOf('w'));
    expect((await tier.get('k'))?.value).toBe('w');
  });

  it.each(damages)('does not hinder what is stored if absent: %s', async (_, damage) => {
    const directory = freshDirectory();
    const tier = file({ directory, codec: plainCodec, reads });
    await tier.set('k', entryOf('v'));
    damage((entriesIn(directory) as [string])[0]);
    expect(await tier.setIf?.('k', entryOf('w'), 'absent')).toBe(true);
    expect((await tier.get('k'))?.value).toBe('w');
  });
});

describe('a file that is not what its name says', () => {
  it('is a miss: the entry of another key', async () => {
    const directory = freshDirectory();
    const tier = file({ directory, codec: plainCodec });
    await tier.set('a', entryOf('of a'));
    const [a] = entriesIn(directory) as [string];
    await tier.set('b', entryOf('of b'));
    const b = entriesIn(directory).find((path) => path !== a) as string;
    copyFileSync(a, b);
    await new Promise(setImmediate);
    expect(await sorted(tier.keys())).toEqual(['a']);
    expect(await tier.delete('b')).toBe(false);
    copyFileSync(a, b);
    expect(await tier.get('b')).toBeUndefined();
    expect(entriesIn(directory)).toEqual([a]);
  });

  it('is a miss: a directory', async () => {
    const directory = freshDirectory();
    const tier = file({ directory, codec: plainCodec });
    await tier.set('k', entryOf('v'));
    const [path] = entriesIn(directory) as [string];
    await tier.delete('k');
    mkdirSync(path);
    expect(await tier.get('k')).toBeUndefined();
    expect(await sorted(tier.keys())).toEqual([]);
    await expect(tier.set('k', entryOf('v'))).rejects.toMatchObject({ code: 'CACHE_CONNECTION', key: 'k' });
    expect(filesIn(directory)).toEqual([]);
  });

  it('is a miss: bytes that the codec cannot read', async () => {
    const directory = freshDirectory();
    await file({ directory, codec: plainCodec }).set('k', entryOf('v'));
    const picky: Codec = {
      ...plainCodec,
      decode() {
        throw new Error('another key');
      },
    };
    expect(file({ directory, codec: picky }).get('k')).toBeUndefined();
    expect(entriesIn(directory)).toEqual([]);
  });
});

describe('what crashed writers left behind', () => {
  const digest = 'ab'.repeat(32);
  const plant = (directory: string, name: string, age = 0): string => {
    const path = `${directory}/ab/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'half');
    const writtenAt = (systemClock.now() - age) / 1000;
    utimesSync(path, writtenAt, writtenAt);
    return path;
  };

  it.each(['get', 'sweep'] as const)(
    'is removed at the first %s, and what is being written is not',
    async (how) => {
      const directory = freshDirectory();
      plant(directory, `${digest}.4194305-0badcafe-1.tmp`);
      plant(directory, `${digest}.${process.pid}-0badcafe-2.tmp`, 61_000);
      const young = plant(directory, `${digest}.${process.pid}-0badcafe-3.tmp`);
      const tier = file({ directory, codec: plainCodec });
      if (how === 'get') await tier.get('k');
      else expect(await tier.sweep?.()).toBe(0);
      await tier.close?.();
      expect(filesIn(directory)).toEqual([young]);
    },
  );
});
