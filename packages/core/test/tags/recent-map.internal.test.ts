import { RecentMap } from '../../src/tags/recent-map.js';

describe('RecentMap', () => {
  it('holds at most what it may, and keeps what is used', () => {
    const map = new RecentMap<number>(100);
    map.set('used', 0);
    for (let i = 0; i < 10_000; i++) {
      map.set(`key ${i}`, i);
      expect(map.get('used')).toBe(0);
    }
    const held = Array.from({ length: 10_000 }, (_, i) => map.get(`key ${i}`)).filter((v) => v !== undefined);
    expect(held.length).toBeLessThanOrEqual(100);
    expect(map.get('key 9999')).toBe(9999);
  });

  it('forgets in both generations', () => {
    const map = new RecentMap<number>(4);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
    expect(map.get('c')).toBe(1);
    map.clear();
    expect(map.get('b')).toBeUndefined();
  });
});
