import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, type ByteStore, createCache, encoded, tiered } from '@keepsake/core';
import { file } from '@keepsake/file';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { nothingGoesUnhandled } from './scene.js';

nothingGoesUnhandled();

const directory = mkdtempSync(join(tmpdir(), 'keepsake-freshness-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A store of texts that forgets each when its ttl is over, as a server does. */
function texts(clock: ManualClock): ByteStore {
  const kept = new Map<string, { readonly data: string | Uint8Array; readonly until: number }>();
  const read = (key: string) => {
    const there = kept.get(key);
    return there && clock.now() < there.until ? there.data : undefined;
  };
  return {
    name: 'texts',
    read,
    write: (key, data, ttl) => void kept.set(key, { data, until: clock.now() + ttl }),
    remove: (key) => kept.delete(key),
    clear: () => kept.clear(),
    keys: () => [...kept.keys()],
  };
}

/** When `key` is there, which a file is some time after its load. */
async function stored(backend: Backend, key: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await backend.get(key))) {
    if (performance.now() > deadline) throw new Error(`${key} was not stored`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const TIERS: readonly [string, (clock: ManualClock) => Backend][] = [
  ['memory', (clock) => memory({ clock })],
  ['a shared tier', (clock) => sharedMemory({ clock }).connect({ clock })],
  ['files', (clock) => file({ directory, clock })],
  ['an encoded store', (clock) => encoded(texts(clock), undefined, { clock })],
];

describe.each(TIERS)('in %s, a value', (_tier, make) => {
  it.each([
    ['staleWhileRevalidate', { staleWhileRevalidate: '50s', staleIfError: '30s' }],
    ['staleIfError', { staleWhileRevalidate: '30s', staleIfError: '50s' }],
    ['the only window', { staleIfError: '50s' }],
  ] as const)('is kept until the longer window is over, and no longer: %s', async (_which, windows) => {
    const clock = manualClock();
    const backend = make(clock);
    const cache = createCache({ backend, clock, jitter: 0 });
    const start = clock.now();
    const life = { createdAt: start, staleAt: start + 60_000, expiresAt: start + 110_000 };
    const keys = ['keepsake:loaded', 'keepsake:set', 'keepsake:one of many'] as const;
    await cache.getOrSet('loaded', () => 'v', { ttl: '60s', ...windows });
    await cache.set('set', 'v', { ttl: '60s', ...windows });
    await cache.setMany([{ key: 'one of many', value: 'v', ttl: '60s', ...windows }]);
    await stored(backend, 'keepsake:loaded');
    await clock.advance('109999ms');
    for (const key of keys)
      expect([key, await backend.get(key)]).toMatchObject([key, { value: 'v', ...life }]);
    await clock.advance(1);
    for (const key of keys) expect([key, await backend.get(key)]).toEqual([key, undefined]);
    await cache.close();
  });

  it('that is marked stale counts its windows from then, and is not kept for longer', async () => {
    const clock = manualClock();
    const backend = make(clock);
    const cache = createCache({ backend, clock, jitter: 0 });
    const rules = { ttl: '60s', staleIfError: '30s' } as const;
    await cache.set('k', 'v', rules);
    await clock.advance('10s');
    expect(await cache.markStale('k')).toBe(true);
    const down = (): Promise<string> => Promise.reject(new Error('down'));
    await clock.advance('29999ms');
    expect(await cache.getOrSet('k', down, { ...rules, retryAfter: 1 })).toBe('v');
    await clock.advance(1);
    await expect(cache.getOrSet('k', down, { ...rules, retryAfter: 1 })).rejects.toThrow('down');
    await cache.close();
  });
});

describe('in a stack of tiers, a value', () => {
  it('is kept as long in each, and stale ones come from the nearest that has one', async () => {
    const clock = manualClock();
    const front = memory({ clock });
    const disk = file({ directory: join(directory, 'stack'), clock });
    const back = sharedMemory({ clock }).connect({ clock });
    const cache = createCache({ backend: tiered([front, disk, back]), clock, jitter: 0 });
    const down = (): Promise<string> => Promise.reject(new Error('down'));
    const rules = { ttl: '60s', staleIfError: '50s', retryAfter: 1 } as const;
    const served: string[] = [];
    cache.on('stale', ({ tier }) => served.push(tier));
    await cache.set('k', 'v', { ttl: '60s', staleIfError: '50s' });
    await clock.advance('109s');
    expect(await cache.getOrSet('k', down, rules)).toBe('v');
    front.clear();
    await clock.advance(10);
    expect(await cache.getOrSet('k', down, rules)).toBe('v');
    await disk.clear();
    await clock.advance(10);
    expect(await cache.getOrSet('k', down, rules)).toBe('v');
    expect(served).toEqual(['memory', 'file', 'shared']);
    await clock.advance('1s');
    await expect(cache.getOrSet('k', down, rules)).rejects.toThrow('down');
    await cache.close();
  });
});
