import { capped, type Entry, freshness, shifted } from '@keepsake/core';

const entry: Entry = { value: 1, createdAt: 100, staleAt: 200, expiresAt: 300, tags: { t: 'n' } };
const forever: Entry = { ...entry, staleAt: Number.POSITIVE_INFINITY, expiresAt: Number.POSITIVE_INFINITY };

describe('freshness', () => {
  it.each<[number, string]>([
    [0, 'fresh'],
    [199, 'fresh'],
    [199.999, 'fresh'],
    [200, 'stale'],
    [299.999, 'stale'],
    [300, 'expired'],
    [Number.MAX_SAFE_INTEGER, 'expired'],
  ])('at %p is %s: both ends of a life are exclusive', (now, expected) => {
    expect(freshness(entry, now)).toBe(expected);
  });

  it('of an entry for ever is fresh at any instant', () => {
    expect(freshness(forever, Number.MAX_VALUE)).toBe('fresh');
  });

  it('of an entry that is stale as soon as it expires is never stale', () => {
    expect(freshness({ ...entry, staleAt: 300 }, 299)).toBe('fresh');
    expect(freshness({ ...entry, staleAt: 300 }, 300)).toBe('expired');
  });

  it('of an entry that expires before it is stale is fresh until it expires', () => {
    const short = { ...entry, staleAt: Number.POSITIVE_INFINITY };
    expect(freshness(short, 299.999)).toBe('fresh');
    expect(freshness(short, 300)).toBe('expired');
    expect(freshness({ ...entry, staleAt: 400 }, 350)).toBe('expired');
  });
});

describe('capped', () => {
  it('leaves an entry alone that ends in time', () => {
    expect(capped(entry, 0, 300)).toBe(entry);
    expect(capped(forever, 0, Number.POSITIVE_INFINITY)).toBe(forever);
  });

  it('cuts a life at its end, and leaves the rest of the entry as it was', () => {
    expect(capped(entry, 100, 150)).toEqual({ ...entry, expiresAt: 250 });
    expect(capped(entry, 100, 50)).toEqual({ ...entry, expiresAt: 150 });
    expect(capped(forever, 100, 50)).toEqual({ ...forever, expiresAt: 150 });
    expect(capped({ ...entry, loadTime: 7 }, 100, 50)).toEqual({ ...entry, loadTime: 7, expiresAt: 150 });
  });

  it('leaves no freshness beyond the end of the stay', () => {
    expect(freshness(capped(forever, 100, 50), 149)).toBe('fresh');
    expect(freshness(capped(forever, 100, 50), 150)).toBe('expired');
  });

  it('never makes a life longer, and changes nothing in place', () => {
    const before = { ...entry };
    for (const maxTtl of [1, 99, 100, 101, 1e9]) {
      expect(capped(entry, 150, maxTtl).expiresAt).toBeLessThanOrEqual(entry.expiresAt);
      expect(capped(entry, 150, maxTtl).staleAt).toBe(entry.staleAt);
    }
    expect(entry).toEqual(before);
  });
});

describe('shifted', () => {
  it('moves all instants alike, and back again', () => {
    const moved = shifted(entry, 1000);
    expect(moved).toEqual({ ...entry, createdAt: 1100, staleAt: 1200, expiresAt: 1300 });
    expect(shifted(moved, -1000)).toEqual(entry);
    expect(shifted(entry, 0)).toBe(entry);
  });

  it('leaves the load time, which is no instant, as it was', () => {
    expect(shifted({ ...entry, loadTime: 7 }, 1000).loadTime).toBe(7);
    expect(shifted(entry, 1000)).not.toHaveProperty('loadTime');
  });

  it('leaves for ever for ever', () => {
    expect(shifted(forever, -5)).toEqual({ ...forever, createdAt: 95 });
  });
});
