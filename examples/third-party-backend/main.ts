// A backend in under 40 lines, proven by the contract suite and then used.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createCache } from '@keepsake/core';
import { backendContract, type ContractRunner } from '@keepsake/testing';
import { jsonFile } from './json-file.js';

const folder = mkdtempSync(join(tmpdir(), 'json-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => join(folder, `${++files}.json`);

const runner: ContractRunner = {
  describe,
  it,
  expect: (actual) => ({ toBe: (expected) => assert.equal(actual, expected) }),
};

backendContract('jsonFile', runner, { create: ({ clock }) => jsonFile(newFile(), clock) });

describe('a cache on jsonFile', () => {
  const load = async (): Promise<Date> => new Date(0);

  it('finds its entries again after a restart', async () => {
    const path = newFile();
    const before = createCache({ backend: jsonFile(path), ttl: '1h' });
    await before.getOrSet('epoch', load);
    await before.close();

    const later = createCache({ backend: jsonFile(path), ttl: '1h' });
    assert.deepEqual(await later.get('epoch'), new Date(0));
  });

  it('invalidates by tag like any other', async () => {
    const cache = createCache({ backend: jsonFile(newFile()), ttl: '1h' });
    await cache.set('user:42', 'Ada', { tags: ['team:7'] });
    await cache.invalidateTags(['team:7']);
    assert.equal(await cache.get('user:42'), undefined);
  });

  it('is written in under 40 lines', () => {
    const lines = readFileSync(new URL('./json-file.ts', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    assert.ok(lines.length < 40, `${lines.length} lines`);
  });
});
