import { CacheFullError, type Entry } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';
import fc from 'fast-check';

const FOREVER = Number.POSITIVE_INFINITY;
const lasting = (value: unknown): Entry => ({ value, createdAt: 0, staleAt: FOREVER, expiresAt: FOREVER });
const living = (value: unknown, expiresAt: number): Entry => ({
  value,
  createdAt: 0,
  staleAt: expiresAt,
  expiresAt,
});

describe('the bound on entries', () => {
  it('is never exceeded, and every eviction is told once, whatever is done', () => {
    const key = fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`);
    const step = fc.record({ do: fc.constantFrom('set', 'get', 'pin', 'delete', 'touch', 'clear'), key });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 120 }), (maxEntries, steps) => {
        const held = new Map<string, unknown>();
        const backend = memory({
          maxEntries,
          onEvict(key, entry) {
            expect(held.get(key)).toBe(entry.value);
            held.delete(key);
          },
        });
        for (const [i, { do: what, key }] of steps.entries()) {
          if (what === 'set') {
            held.set(key, i);
            backend.set(key, lasting(i));
          } else if (what === 'get') expect(backend.get(key)?.value).toBe(held.get(key));
          else if (what === 'pin') expect(backend.pin(key)?.entry.value).toBe(held.get(key));
          else if (what === 'touch') expect(backend.touch(key, FOREVER, FOREVER)).toBe(held.has(key));
          else if (what === 'delete') expect(backend.delete(key)).toBe(held.delete(key));
          else if (i % 10 === 0) {
            backend.clear();
            held.clear();
          }
          expect(held.size).toBeLessThanOrEqual(maxEntries);
          expect(backend.info().size).toBe(held.size);
          expect([...backend.keys()].sort()).toEqual([...held.keys()].sort());
        }
      }),
      { numRuns: 500 },
    );
  });

  it('evicts what was not used for longest', () => {
    const evicted: string[] = [];
    const backend = memory({ maxEntries: 3, onEvict: (key) => evicted.push(key) });
    for (const key of ['a', 'b', 'c']) backend.set(key, lasting(key));
    backend.get('a');
    backend.set('d', lasting('d'));
    backend.set('e', lasting('e'));
    expect(evicted).toEqual(['b', 'c']);
  });

  it('spares what is read through a pin alone', () => {
    const backend = memory({ maxEntries: 3 });
    backend.set('pinned', lasting(1));
    const pin = backend.pin('pinned');
    for (let i = 0; i < 50; i++) {
      expect(pin?.entry.value).toBe(1);
      backend.set(`k${i}`, lasting(i));
    }
    expect(pin?.dead).toBe(false);
    expect(backend.info().size).toBe(3);
  });

  it('holds while a callback of an eviction writes itself', () => {
    const backend = memory({
      maxEntries: 2,
      onEvict: (key) => key < 'd' && backend.set(`${key}!`, lasting(key)),
    });
    for (const key of ['a', 'b', 'c', 'd', 'e']) backend.set(key, lasting(key));
    expect(backend.info().size).toBe(2);
    expect([...backend.keys()]).toHaveLength(2);
  });

  it('survives a callback that throws', () => {
    const backend = memory({
      maxEntries: 1,
      onEvict() {
        throw new Error('listener');
      },
    });
    backend.set('a', lasting(1));
    backend.set('b', lasting(2));
    expect(backend.get('b')?.value).toBe(2);
  });

  it('tells of no eviction where an entry is replaced, deleted, expired or cleared', async () => {
    const clock = manualClock();
    const told: string[] = [];
    const backend = memory({ clock, onEvict: (key) => told.push(key) });
    backend.set('a', lasting(1));
    backend.set('a', lasting(2));
    backend.delete('a');
    backend.set('b', living(1, clock.now() + 5));
    await clock.advance('2m');
    backend.set('c', lasting(1));
    backend.clear();
    expect(told).toEqual([]);
  });

  it('refuses no entry while an expired one takes its place', async () => {
    const clock = manualClock();
    const backend = memory({ clock, maxEntries: 1, onFull: 'reject', sweepEvery: 'forever' });
    backend.set('old', living(1, clock.now() + 10));
    expect(() => backend.set('new', lasting(2))).toThrow(CacheFullError);
    await clock.advance(10);
    backend.set('new', lasting(2));
    expect(backend.get('new')?.value).toBe(2);
  });

  it('replaces, when full and told to refuse, an entry that has expired by one of its own key', async () => {
    const clock = manualClock();
    const backend = memory({
      clock,
      maxEntries: 1,
      maxBytes: 10,
      sizeOf: Number,
      onFull: 'reject',
      sweepEvery: 'forever',
    });
    backend.set('k', living(4, clock.now() + 10));
    await clock.advance(10);
    backend.set('k', lasting(8));
    expect(backend.info()).toEqual({ size: 1, maxSize: 1, bytes: 8, maxBytes: 10 });
  });

  it('refuses a new counter when full and told to', () => {
    const backend = memory({ maxEntries: 1, onFull: 'reject' });
    backend.increment('a', 1);
    expect(backend.increment('a', 1)).toBe(2);
    expect(() => backend.increment('b', 1)).toThrow(CacheFullError);
  });
});

describe('the bound on bytes', () => {
  const sized = (onFull: 'evict' | 'reject' = 'evict') => {
    const evicted: string[] = [];
    const backend = memory({ maxBytes: 100, sizeOf: Number, onFull, onEvict: (key) => evicted.push(key) });
    return { backend, evicted };
  };

  it('evicts as many of the oldest as a new entry needs', () => {
    const { backend, evicted } = sized();
    for (const key of ['a', 'b', 'c', 'd']) backend.set(key, lasting(25));
    backend.get('a');
    backend.set('e', lasting(45));
    expect(evicted).toEqual(['a', 'b']);
    expect(backend.info().bytes).toBe(95);
  });

  it('evicts by use, not by age alone, once it has evicted before', () => {
    const { backend } = sized();
    backend.set('hot', lasting(10));
    for (let i = 0; i < 100; i++) {
      backend.get('hot');
      backend.set(`cold${i}`, lasting(10));
    }
    backend.get('hot');
    expect(backend.info()).toMatchObject({ size: 10, bytes: 100 });
    let hits = 0;
    for (let i = 0; i < 100; i++) {
      if (backend.get('hot')) hits++;
      else backend.set('hot', lasting(10));
      backend.set(`colder${i}`, lasting(10));
    }
    expect(hits).toBeGreaterThan(90);
  });

  it('refuses an entry that alone exceeds it, and evicts nothing for it', () => {
    const { backend, evicted } = sized();
    backend.set('a', lasting(60));
    expect(() => backend.set('a', lasting(101))).toThrow(CacheFullError);
    expect(backend.get('a')?.value).toBe(60);
    expect(evicted).toEqual([]);
  });

  it('makes room for a replacement that has grown, and never evicts the replacement', () => {
    const { backend, evicted } = sized();
    backend.set('a', lasting(50));
    backend.set('b', lasting(50));
    backend.set('a', lasting(80));
    expect(evicted).toEqual(['b']);
    expect(backend.get('a')?.value).toBe(80);
    expect(backend.info()).toMatchObject({ size: 1, bytes: 80 });
  });

  it('refuses a replacement that has grown too much, when told to, and keeps the old one', () => {
    const { backend } = sized('reject');
    backend.set('a', lasting(50));
    backend.set('b', lasting(50));
    expect(() => backend.set('a', lasting(80))).toThrow(CacheFullError);
    expect(backend.get('a')?.value).toBe(50);
  });

  it('is never exceeded and never miscounted, whatever is done', () => {
    const step = fc.record({
      do: fc.constantFrom('set', 'get', 'delete', 'clear'),
      key: fc.integer({ min: 0, max: 15 }).map((n) => `k${n}`),
      size: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const { backend } = sized();
        for (const { do: what, key, size } of steps) {
          if (what === 'set') backend.set(key, lasting(size));
          else if (what === 'get') backend.get(key);
          else if (what === 'delete') backend.delete(key);
          else if (size === 0) backend.clear('k1');
          const held = [...backend.keys()];
          const bytes = held.reduce((sum, one) => sum + Number(backend.pin(one)?.entry.value), 0);
          expect(backend.info()).toMatchObject({ size: held.length, bytes });
          expect(bytes).toBeLessThanOrEqual(100);
          if (what === 'set') expect(held).toContain(key);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes by an estimate where no size is told', () => {
    const backend = memory({ maxBytes: 100_000 });
    for (let i = 0; i < 100; i++)
      backend.set(`k${i}`, lasting({ text: 'x'.repeat(1000), list: [i], map: new Map() }));
    const { size = 0, bytes = 0 } = backend.info();
    expect(size).toBeGreaterThan(30);
    expect(size).toBeLessThan(50);
    expect(bytes).toBeLessThanOrEqual(100_000);
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    backend.set('cyclic', lasting(cyclic));
    backend.set('buffer', lasting(new Uint8Array(90_000)));
    expect(backend.info().size).toBeLessThan(12);
  });
});
