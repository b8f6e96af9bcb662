import {
  type Backend,
  CacheConfigError,
  CacheError,
  CacheFullError,
  type Entry,
  isPending,
} from '@keepsake/core';
import { type MemoryOptions, memory } from '@keepsake/memory';
import { manualClock } from '@keepsake/testing';

const FOREVER = Number.POSITIVE_INFINITY;
const lasting = (value: unknown): Entry => ({ value, createdAt: 0, staleAt: FOREVER, expiresAt: FOREVER });

/** A memory on a manual clock, and entries that live for a second. */
function setup(options: MemoryOptions = {}) {
  const clock = manualClock();
  const live = (value: unknown, ttl = 1000): Entry => {
    const now = clock.now();
    return { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl };
  };
  return { clock, live, backend: memory({ clock, ...options }) };
}

describe('memory', () => {
  it('answers in the tick it is asked, whatever it is asked', () => {
    const { backend, live } = setup();
    const answers = [
      backend.set('a', live(1)),
      backend.get('a'),
      backend.touch('a', FOREVER, FOREVER),
      backend.setIf('a', live(2), 'present'),
      backend.increment('n', 1),
      backend.delete('a'),
      backend.sweep(),
      backend.info(),
      backend.clear(),
      backend.close(),
    ];
    expect(answers.some((answer) => isPending<unknown>(answer))).toBe(false);
    expect((backend as Backend).local).toBe(true);
    expect((backend as Backend).acquire).toBeUndefined();
  });

  it('goes by the system clock unless told otherwise', () => {
    const backend = memory();
    backend.set('past', { value: 1, createdAt: 0, staleAt: 1, expiresAt: 1 });
    backend.set('now', lasting(2));
    expect(backend.get('past')).toBeUndefined();
    expect(backend.get('now')?.value).toBe(2);
    backend.close();
  });

  it('reads a counter as the integer it is', () => {
    const { backend, clock } = setup();
    backend.increment('hits', 2, 500);
    backend.increment('hits', 3, 9000);
    expect(backend.get('hits')).toEqual({
      value: 5,
      createdAt: clock.now(),
      staleAt: clock.now() + 500,
      expiresAt: clock.now() + 500,
    });
  });

  it('counts from nothing where a counter has expired', async () => {
    const { backend, clock } = setup({ sweepEvery: 'forever' });
    backend.increment('hits', 2, 500);
    await clock.advance(500);
    expect(backend.increment('hits', 1, 500)).toBe(1);
    expect(backend.info().size).toBe(1);
  });

  it.each(['text', null, { n: 1 }, 1.5, Number.MAX_SAFE_INTEGER])('refuses to count on from %p', (value) => {
    const { backend } = setup();
    backend.set('k', lasting(value));
    expect(() => backend.increment('k', 1)).toThrow(CacheError);
    expect(backend.get('k')?.value).toBe(value);
  });

  it('refuses to count by what is not a whole number', () => {
    expect(() => setup().backend.increment('k', 0.5)).toThrow('0.5 cannot be added');
  });
});

describe('sweeping', () => {
  it('drops what has expired and keeps the rest', async () => {
    const { backend, clock, live } = setup({ sweepEvery: 'forever' });
    backend.set('short', live(1, 10));
    backend.set('long', live(2, 20));
    backend.set('lasting', lasting(3));
    await clock.advance(10);
    expect(backend.sweep()).toBe(1);
    expect(backend.sweep()).toBe(0);
    await clock.advance(10);
    expect(backend.sweep()).toBe(1);
    expect(backend.info().size).toBe(1);
  });

  it('sweeps by itself, with one timer, while there is something to expire', async () => {
    const { backend, clock, live } = setup({ sweepEvery: '10s' });
    backend.set('lasting', lasting(0));
    expect(clock.pending).toBe(0);
    for (let i = 0; i < 5; i++) backend.set(`k${i}`, live(i, 15_000));
    expect(clock.pending).toBe(1);
    await clock.advance('10s');
    expect(backend.info().size).toBe(6);
    expect(clock.pending).toBe(1);
    await clock.advance('10s');
    expect(backend.info().size).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('sets no timer where sweeping is off, and none is left after close', () => {
    const off = setup({ sweepEvery: 'forever' });
    off.backend.set('k', off.live(1));
    expect(off.clock.pending).toBe(0);
    const on = setup();
    on.backend.set('k', on.live(1));
    on.backend.close();
    expect(on.clock.pending).toBe(0);
  });

  it('meets an entry that was touched to an earlier end', async () => {
    const { backend, clock } = setup({ sweepEvery: '10s' });
    backend.set('k', lasting(1));
    backend.touch('k', clock.now() + 5, clock.now() + 5);
    await clock.advance('10s');
    expect(backend.info().size).toBe(0);
  });

  it('meets an entry that expires before it is stale when it has expired', async () => {
    const { backend, clock } = setup({ sweepEvery: '10s' });
    const end = clock.now() + 5;
    backend.set('set', { ...lasting(1), expiresAt: end });
    backend.set('touched', lasting(2));
    backend.touch('touched', FOREVER, end);
    expect(backend.get('set')).toEqual({ ...lasting(1), expiresAt: end });
    expect(backend.get('touched')).toEqual({ ...lasting(2), expiresAt: end });
    await clock.advance('10s');
    expect(backend.info().size).toBe(0);
  });
});

describe('pins', () => {
  it('die when their entry is replaced, counted on, deleted, evicted, swept or cleared', async () => {
    const { backend, clock, live } = setup({ maxEntries: 6, sweepEvery: 'forever' });
    const pinned = (key: string) => {
      backend.set(key, live(1, key === 'swept' ? 5 : 1000));
      return backend.pin(key);
    };
    const evicted = pinned('evicted');
    const replaced = pinned('replaced');
    const deleted = pinned('deleted');
    const swept = pinned('swept');
    const counted = pinned('counted');
    const cleared = pinned('cleared');
    backend.set('seventh', live(7));
    expect(evicted?.dead).toBe(true);
    expect([replaced, deleted, swept, counted, cleared].map((pin) => pin?.dead)).toEqual(
      Array(5).fill(false),
    );
    backend.set('replaced', live(2));
    backend.increment('counted', 1);
    backend.delete('deleted');
    await clock.advance(5);
    backend.sweep();
    expect([replaced, counted, deleted, swept].map((pin) => pin?.dead)).toEqual(Array(4).fill(true));
    expect(cleared?.dead).toBe(false);
    backend.clear();
    expect(cleared?.dead).toBe(true);
  });

  it('are of the entry itself, and show the instants that a touch gave it', () => {
    const { backend, live } = setup();
    const entry = { ...live('v'), loadTime: 12.5 };
    backend.set('k', entry);
    const pin = backend.pin('k');
    expect(pin?.entry).toBe(entry);
    backend.touch('k', FOREVER, FOREVER);
    expect(pin?.dead).toBe(false);
    expect(pin?.entry).toEqual({ ...entry, staleAt: FOREVER, expiresAt: FOREVER });
  });

  it('are not given for what is not there or has expired', async () => {
    const { backend, clock, live } = setup();
    backend.set('k', live(1, 10));
    expect(backend.pin('missing')).toBeUndefined();
    await clock.advance(10);
    expect(backend.pin('k')).toBeUndefined();
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ maxEntries: 0 }, 'maxEntries is 0. Allowed: a positive whole number'],
    [{ maxEntries: 1.5 }, 'maxEntries is 1.5'],
    [{ maxEntries: '10' }, "maxEntries is '10'"],
    [{ maxBytes: -1 }, 'maxBytes is -1'],
    [{ maxBytes: Number.NaN }, 'maxBytes is NaN'],
    [{ sizeOf: 3 }, 'sizeOf is 3. Allowed: a function'],
    [{ isolation: 'copy' }, "isolation is 'copy'. Allowed: 'reference' or 'freeze' or 'clone'"],
    [{ onFull: 'throw' }, "onFull is 'throw'. Allowed: 'evict' or 'reject'"],
    [{ onEvict: 'log' }, "onEvict is 'log'. Allowed: a function"],
    [{ sweepEvery: '1 minute' }, "sweepEvery: '1 minute' is not a duration"],
    [{ sweepEvery: 0 }, 'sweepEvery: 0 is not a duration'],
    [{ clock: Date }, 'clock is '],
    [{ clock: null }, 'clock is null'],
    [{ name: '' }, "name is ''. Allowed: a string that is not empty"],
    [{ maxSize: 10 }, "'maxSize' is not an option. Allowed: name, maxEntries"],
    [{ toString: 10 }, "'toString' is not an option"],
  ])('refuses %p', (options, message) => {
    expect(() => memory(options)).toThrow(CacheConfigError);
    expect(() => memory(options)).toThrow(message);
  });

  it('takes an option that is undefined as one that was not given', () => {
    const backend = memory({ maxEntries: undefined, name: undefined } as unknown as MemoryOptions);
    expect(backend.name).toBe('memory');
    expect(backend.info()).toEqual({ size: 0, maxSize: 10_000 });
  });

  it('refuses what is not an object of options', () => {
    expect(() => memory(5 as unknown as MemoryOptions)).toThrow('memory: 5 is not an object of options');
  });

  it('refuses a size that is no number of bytes, and keeps what was there', () => {
    let size: number = 1;
    const backend = memory({ maxBytes: 10, sizeOf: () => size });
    backend.set('k', lasting('old'));
    size = Number.NaN;
    expect(() => backend.set('k', lasting('new'))).toThrow(CacheConfigError);
    expect(backend.get('k')?.value).toBe('old');
    expect(backend.info().bytes).toBe(1);
  });

  it('refuses, when full and told to, only what is new', () => {
    const backend = memory({ maxEntries: 1, onFull: 'reject' });
    backend.set('a', lasting(1));
    expect(() => backend.set('b', lasting(2))).toThrow(CacheFullError);
    backend.set('a', lasting(3));
    expect(backend.get('a')?.value).toBe(3);
    expect(backend.get('b')).toBeUndefined();
  });
});
