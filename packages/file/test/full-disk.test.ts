import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { file } from '@keepsake/file';
import { entriesIn, entryOf, filesIn, freshDirectory, removeDirectories } from './directory.js';
import { plainCodec } from './plain-codec.js';

/** A tiny disk of its own, or the reason why there cannot be one. */
function mountTiny(): { directory: string } | { reason: string } {
  const directory = freshDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'keepsake-test', directory], {
      stdio: 'pipe',
    });
    return { directory };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

const tiny = mountTiny();
const root = process.geteuid?.() === 0;
if ('reason' in tiny)
  console.warn(`skipped: the tests on a full disk, since no tmpfs can be mounted: ${tiny.reason}`);

afterAll(() => {
  if ('directory' in tiny) execFileSync('umount', [tiny.directory]);
  removeDirectories();
});

('directory' in tiny ? describe : describe.skip)('a disk that refuses', () => {
  const mount = 'directory' in tiny ? tiny.directory : '';
  const remount = (mode: 'ro' | 'rw'): void => {
    execFileSync('mount', ['-o', `remount,${mode}`, mount]);
  };

  afterEach(() => {
    for (const name of readdirSync(mount)) rmSync(join(mount, name), { recursive: true, force: true });
  });

  it('because it is full keeps the old entry and no temporary file', async () => {
    const tier = file({ directory: mount, codec: plainCodec });
    await tier.set('k', entryOf('old'));
    await expect(tier.set('k', entryOf('x'.repeat(400_000)))).rejects.toMatchObject({
      code: 'CACHE_CONNECTION',
      tier: 'file',
      key: 'k',
      cause: { code: 'ENOSPC' },
    });
    await expect(tier.setIf?.('new', entryOf('x'.repeat(400_000)), 'absent')).rejects.toMatchObject({
      code: 'CACHE_CONNECTION',
    });
    expect((await tier.get('k'))?.value).toBe('old');
    expect(filesIn(mount)).toHaveLength(1);
  });

  it('because it is full holds its bounds and goes on when there is room again', async () => {
    const tier = file({ directory: mount, codec: plainCodec, maxEntries: 10 });
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(230_000));
    await expect(tier.set('k', entryOf('x'.repeat(50_000)))).rejects.toMatchObject({
      cause: { code: 'ENOSPC' },
    });
    expect(await tier.info?.()).toMatchObject({ size: 0 });
    rmSync(join(mount, 'ballast'));
    await tier.set('k', entryOf('x'.repeat(50_000)));
    expect(await tier.info?.()).toMatchObject({ size: 1 });
  });

  it('because it is read-only goes on being read', async () => {
    const tier = file({ directory: mount, codec: plainCodec });
    await tier.set('k', entryOf('old'));
    const [whole] = entriesIn(mount);
    await tier.set('damaged', entryOf('v'));
    for (const path of entriesIn(mount)) if (path !== whole) writeFileSync(path, 'damaged');
    remount('ro');
    try {
      expect((await tier.get('k'))?.value).toBe('old');
      expect(await tier.get('damaged')).toBeUndefined();
      await expect(tier.set('k', entryOf('new'))).rejects.toMatchObject({ cause: { code: 'EROFS' } });
      await expect((async () => await tier.delete('k'))()).rejects.toMatchObject({
        code: 'CACHE_CONNECTION',
      });
      expect(await tier.sweep?.()).toBe(0);
    } finally {
      remount('rw');
    }
  });
});

(root ? describe : describe.skip)('a directory that somebody else owns', () => {
  it.each(['sync', 'async'] as const)('rejects and never lies (%s reads)', async (reads) => {
    const directory = freshDirectory();
    const tier = file({ directory, codec: plainCodec, reads });
    await tier.set('k', entryOf('v'));
    chmodSync(directory, 0o700);
    process.seteuid?.(65534);
    const refused = { code: 'CACHE_CONNECTION', tier: 'file', key: 'k', cause: { code: 'EACCES' } };
    try {
      await expect((async () => await tier.get('k'))()).rejects.toMatchObject(refused);
      await expect(tier.set('k', entryOf('w'))).rejects.toMatchObject(refused);
      await expect((async () => await tier.delete('k'))()).rejects.toMatchObject(refused);
      await expect(tier.setIf?.('k', entryOf('w'), 'absent')).rejects.toMatchObject(refused);
      await expect(tier.clear()).rejects.toMatchObject({
        code: 'CACHE_CONNECTION',
        cause: { code: 'EACCES' },
      });
    } finally {
      process.seteuid?.(0);
    }
    expect((await tier.get('k'))?.value).toBe('v');
    expect(filesIn(directory)).toHaveLength(1);
  });
});
