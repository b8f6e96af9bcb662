import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Entry } from '@keepsake/core';
import { type FileOptions, file } from '@keepsake/file';
import {
  entriesIn,
  entryOf,
  filesIn,
  freshDirectory,
  handClock,
  removeDirectories,
  sorted,
} from './directory.js';
import { bytesCodec, plainCodec } from './plain-codec.js';

afterEach(removeDirectories);

const reads = ['sync', 'async'] as const;

describe.each(reads)('a file tier with %s reads', (mode) => {
  const open = (directory: string, options: Partial<FileOptions> = {}): Backend =>
    file({ directory, codec: plainCodec, reads: mode, ...options });

  it('gives back what was stored', async () => {
    const tier = open(freshDirectory());
    const entry: Entry = { ...entryOf({ a: [1, null] }), tags: { team: 'n1' } };
    await tier.set('k', entry);
    expect(await tier.get('k')).toEqual(entry);
    expect(await tier.get('other')).toBeUndefined();
  });

  it('survives a restart', async () => {
    const directory = freshDirectory();
    const first = open(directory);
    await first.set('k', entryOf('v'));
    await first.close?.();
    expect((await open(directory).get('k'))?.value).toBe('v');
  });

  it('carries what a codec writes as bytes', async () => {
    const tier = open(freshDirectory(), { codec: bytesCodec });
    await tier.set('k', entryOf('ü'));
    expect((await tier.get('k'))?.value).toBe('ü');
  });

  it('carries large entries', async () => {
    const tier = open(freshDirectory());
    const value = 'x'.repeat(300_000);
    await tier.set('k', entryOf(value));
    expect((await tier.get('k'))?.value).toBe(value);
    expect(await sorted(tier.keys())).toEqual(['k']);
    expect(await tier.delete('k')).toBe(true);
  });

  it('misses what has expired, and removes it', async () => {
    const directory = freshDirectory();
    const clock = handClock();
    const tier = open(directory, { clock });
    await tier.set('k', entryOf('v', 100, clock.now()));
    clock.advance(99);
    expect((await tier.get('k'))?.value).toBe('v');
    clock.advance(1);
    expect(await sorted(tier.keys())).toEqual([]);
    expect(await tier.get('k')).toBeUndefined();
    expect(entriesIn(directory)).toEqual([]);
  });

  it('says of a delete whether a live value was there', async () => {
    const directory = freshDirectory();
    const clock = handClock();
    const tier = open(directory, { clock });
    await tier.set('k', entryOf('v'));
    await tier.set('short', entryOf('v', 10, clock.now()));
    clock.advance(10);
    expect(await tier.delete('short')).toBe(false);
    expect(await tier.delete('k')).toBe(true);
    expect(await tier.delete('k')).toBe(false);
    expect(await tier.get('k')).toBeUndefined();
    expect(entriesIn(directory)).toEqual([]);
  });

  it('clears what starts literally with a prefix', async () => {
    const tier = open(freshDirectory());
    for (const key of ['a:1', 'a:2', 'a*', 'b:1', '\0a']) await tier.set(key, entryOf(key));
    await tier.clear('a*');
    expect(await sorted(tier.keys())).toEqual(['a:1', 'a:2', 'b:1']);
    await tier.clear('a:');
    expect(await sorted(tier.keys())).toEqual(['b:1']);
    await tier.clear();
    expect(await sorted(tier.keys())).toEqual([]);
    expect(await tier.get('\0a')).toBeUndefined();
  });

  it('lists the keys of a prefix, internal ones only where they are named', async () => {
    const tier = open(freshDirectory());
    for (const key of ['a:1', 'a:2', 'b', '\0a', '\0b']) await tier.set(key, entryOf(key));
    expect(await sorted(tier.keys())).toEqual(['a:1', 'a:2', 'b']);
    expect(await sorted(tier.keys('a:'))).toEqual(['a:1', 'a:2']);
    expect(await sorted(tier.keys('\0'))).toEqual(['\0a', '\0b']);
  });

  it('touches a live entry and keeps its value and its load time', async () => {
    const clock = handClock();
    const tier = open(freshDirectory(), { clock });
    const now = clock.now();
    await tier.set('k', { ...entryOf('v', 100, now), loadTime: 12.5 });
    expect(await tier.touch?.('k', now + 500, now + 1000)).toBe(true);
    clock.advance(999);
    expect(await tier.get('k')).toEqual({
      value: 'v',
      createdAt: now,
      staleAt: now + 500,
      expiresAt: now + 1000,
      loadTime: 12.5,
    });
    clock.advance(1);
    expect(await tier.touch?.('k', now + 5000, now + 5000)).toBe(false);
    expect(await tier.touch?.('none', now, now)).toBe(false);
  });

  it('drops an entry that expires before it is stale when it expires', async () => {
    const clock = handClock();
    const tier = open(freshDirectory(), { clock });
    const entry = { ...entryOf('v', 100, clock.now()), staleAt: Number.POSITIVE_INFINITY };
    await tier.set('k', entry);
    clock.advance(99);
    expect(await tier.get('k')).toEqual(entry);
    clock.advance(1);
    expect(await sorted(tier.keys())).toEqual([]);
    expect(await tier.sweep?.()).toBe(1);
  });

  it('stores on condition', async () => {
    const clock = handClock();
    const tier = open(freshDirectory(), { clock });
    const at = (value: string, ttl?: number): Entry => entryOf(value, ttl, clock.now());
    expect(await tier.setIf?.('k', at('1'), 'present')).toBe(false);
    expect(await tier.setIf?.('k', at('2', 100), 'absent')).toBe(true);
    expect(await tier.setIf?.('k', at('3'), 'absent')).toBe(false);
    expect((await tier.get('k'))?.value).toBe('2');
    expect(await tier.setIf?.('k', at('4', 100), 'present')).toBe(true);
    expect((await tier.get('k'))?.value).toBe('4');
    clock.advance(100);
    expect(await tier.setIf?.('k', at('5'), 'absent')).toBe(true);
    expect((await tier.get('k'))?.value).toBe('5');
  });

  it('sweeps what has expired, and nothing else', async () => {
    const directory = freshDirectory();
    const clock = handClock();
    const tier = open(directory, { clock });
    for (let i = 0; i < 5; i += 1) await tier.set(`short${i}`, entryOf(i, 10, clock.now()));
    await tier.set('long', entryOf('v'));
    clock.advance(10);
    expect(await tier.sweep?.()).toBe(5);
    expect(await tier.sweep?.()).toBe(0);
    expect(entriesIn(directory)).toHaveLength(1);
  });
});

describe('a file tier', () => {
  const open = (directory: string, options: Partial<FileOptions> = {}): Backend =>
    file({ directory, codec: plainCodec, ...options });

  it('answers a small hit, a miss and a delete in the same tick', async () => {
    const tier = open(freshDirectory());
    await tier.set('k', entryOf('v'));
    expect(tier.get('k')).toMatchObject({ value: 'v' });
    expect(tier.get('none')).toBeUndefined();
    // The order of writes forgets a write a few microtasks after it ended.
    await new Promise(setImmediate);
    expect(tier.delete('k')).toBe(true);
  });

  it('touches no disk before its first write', async () => {
    const directory = join(freshDirectory(), 'deep', 'down');
    const tier = open(directory);
    expect(await tier.get('k')).toBeUndefined();
    expect(await tier.delete('k')).toBe(false);
    expect(await sorted(tier.keys())).toEqual([]);
    expect(await tier.info?.()).toEqual({ size: 0, bytes: 0 });
    await tier.clear();
    await tier.close?.();
    expect(existsSync(directory)).toBe(false);
    await tier.set('k', entryOf('v'));
    expect(tier.get('k')).toMatchObject({ value: 'v' });
  });

  it('goes on when its directory is removed under it', async () => {
    const directory = freshDirectory();
    const tier = open(directory, { maxEntries: 100 });
    await tier.set('k', entryOf('v'));
    rmSync(directory, { recursive: true });
    expect(await tier.get('k')).toBeUndefined();
    await tier.set('k', entryOf('w'));
    expect((await tier.get('k'))?.value).toBe('w');
  });

  it('keeps directories and files to their owner', async () => {
    const directory = join(freshDirectory(), 'made');
    await open(directory).set('k', entryOf('v'));
    const [path] = entriesIn(directory) as [string];
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('ends with the latest of many writes of one key', async () => {
    const directory = freshDirectory();
    const tier = open(directory);
    const writes = Array.from({ length: 50 }, async (_, i) => await tier.set('k', entryOf(i)));
    const removed = tier.delete('k');
    await Promise.all([...writes, removed]);
    expect(await removed).toBe(true);
    expect(await tier.get('k')).toBeUndefined();
    await Promise.all(Array.from({ length: 50 }, async (_, i) => await tier.set('k', entryOf(i))));
    expect((await tier.get('k'))?.value).toBe(49);
    expect(filesIn(directory)).toHaveLength(1);
  });

  it('clears what was set before, and keeps what is set after', async () => {
    const tier = open(freshDirectory());
    const before = Array.from({ length: 100 }, async (_, i) => await tier.set(`b${i}`, entryOf(i)));
    const cleared = tier.clear();
    const after = Array.from({ length: 100 }, async (_, i) => await tier.set(`a${i}`, entryOf(i)));
    await Promise.all([...before, cleared, ...after]);
    const keys = await sorted(tier.keys());
    expect(keys).toHaveLength(100);
    expect(keys.every((key) => key.startsWith('a'))).toBe(true);
  });

  it('lets one of many callers store what is absent', async () => {
    const directory = freshDirectory();
    const tiers = Array.from({ length: 10 }, () => open(directory));
    const won = await Promise.all(
      tiers.map(async (tier, i) => await tier.setIf?.('k', entryOf(i), 'absent')),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await tiers[0]?.get('k'))?.value).toBe(won.indexOf(true));
    expect(filesIn(directory)).toHaveLength(1);
  });

  it('waits for pending writes when it is closed', async () => {
    const directory = freshDirectory();
    const tier = open(directory);
    for (let i = 0; i < 20; i += 1) void tier.set(`k${i}`, entryOf(i));
    await tier.close?.();
    expect(entriesIn(directory)).toHaveLength(20);
  });

  it('tells how much it holds', async () => {
    const directory = freshDirectory();
    const tier = open(directory);
    await tier.set('a', entryOf('1'));
    await tier.set('b', entryOf('2'));
    const bytes = entriesIn(directory).reduce((sum, path) => sum + statSync(path).size, 0);
    expect(await tier.info?.()).toEqual({ size: 2, bytes });
    const bounded = open(directory, { maxEntries: 7, maxBytes: 10_000 });
    expect(await bounded.info?.()).toEqual({ size: 2, bytes, maxSize: 7, maxBytes: 10_000 });
  });

  it('leaves files alone that are not its own', async () => {
    const directory = freshDirectory();
    const tier = open(directory);
    await tier.set('k', entryOf('v'));
    const [path] = entriesIn(directory) as [string];
    const foreign = [
      join(directory, 'notes.txt'),
      join(path, '..', 'notes.txt'),
      `${path}.tmp`,
      join(directory, 'f'.repeat(64)),
    ];
    for (const each of foreign) writeFileSync(each, 'mine');
    await tier.sweep?.();
    await tier.clear();
    expect(filesIn(directory).sort()).toEqual(foreign.sort());
  });

  it('is shared: not local to this process', () => {
    expect(open(freshDirectory()).local).toBeUndefined();
    expect(open(freshDirectory()).name).toBe('file');
    expect(open(freshDirectory(), { name: 'disk' }).name).toBe('disk');
  });
});
