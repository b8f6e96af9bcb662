import { CacheError, type Clock, type Codec } from '@keepsake/core';
import { type FileOptions, file, type ReadMode } from '@keepsake/file';
import { plainCodec } from './plain-codec.js';

const refused: [string, Partial<FileOptions>, string][] = [
  ['directory', { directory: '' }, '""'],
  ['directory', { directory: 'a\0b' }, '\\u0000'],
  ['directory', { directory: undefined as unknown as string }, 'undefined'],
  ['name', { name: '' }, '""'],
  ['codec', { codec: {} as Codec }, 'an object'],
  ['reads', { reads: 'fast' as ReadMode }, '"fast"'],
  ['maxEntries', { maxEntries: 0 }, '0'],
  ['maxEntries', { maxEntries: 1.5 }, '1.5'],
  ['maxEntries', { maxEntries: Number.NaN }, 'NaN'],
  ['maxBytes', { maxBytes: -1 }, '-1'],
  ['maxBytes', { maxBytes: '1mb' as unknown as number }, '"1mb"'],
  ['fileMode', { fileMode: 0o1000 }, '512'],
  ['directoryMode', { directoryMode: -1 }, '-1'],
  ['clock', { clock: { now: 1 } as unknown as Clock }, 'an object'],
];

describe('the options of file()', () => {
  it.each(refused)('refuse a wrong %s: %p', (option, wrong, given) => {
    const construct = () => file({ directory: 'never-made', codec: plainCodec, ...wrong });
    let thrown: unknown;
    try {
      construct();
    } catch (error) {
      thrown = error;
    }
    expect(CacheError.is(thrown) && thrown.code).toBe('CACHE_CONFIG');
    const { message } = thrown as Error;
    expect(message).toContain(`${option}: `);
    expect(message).toContain(given);
    expect(message).toContain('Allowed: ');
  });
});
