import { cases } from './contract-case.js';

/** Calls that overlap do what they would have done one after the other, in the order in which they were made. */
export const concurrency = cases('concurrency', [], {
  'stores every one of 100 entries set at once': async (t) => {
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => t.set(key, { key })));
    const entries = await Promise.all(keys.map(async (key) => t.backend.get(key)));
    t.equal(
      'values',
      entries.map((entry) => entry?.value),
      keys.map((key) => ({ key })),
    );
  },
  'keeps a delete that was made after a set': async (t) => {
    for (let i = 0; i < 10; i++) {
      const stored = t.backend.set('k', t.entry(i));
      const removed = t.backend.delete('k');
      await stored;
      t.equal('delete', await removed, true);
      await t.missing('k');
    }
  },
  'keeps a set that was made after a delete': async (t) => {
    await t.set('k', 'old');
    for (let i = 0; i < 10; i++) {
      await Promise.all([t.backend.delete('k'), t.backend.set('k', t.entry(i))]);
      await t.holds('k', i);
    }
  },
  'keeps the last of many sets of one key': async (t) => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => t.backend.set('k', t.entry('x'.repeat(i * 500)))),
    );
    await t.holds('k', 'x'.repeat(19 * 500));
  },
  'keeps a clear that was made after sets': async (t) => {
    const sets = ['a', 'b', 'c'].map(async (key) => t.backend.set(key, t.entry(key)));
    await Promise.all([...sets, t.backend.clear()]);
    t.equal('keys()', await t.keys(), []);
  },
  'gives every one of many readers a whole value while it is written': async (t) => {
    const whole = (i: number): string[] => Array<string>(200).fill(String(i));
    await t.set('k', whole(0));
    const writes = Array.from({ length: 10 }, (_, i) => t.set('k', whole(i + 1)));
    const reads = Array.from({ length: 20 }, async () => t.backend.get('k'));
    await Promise.all(writes);
    for (const entry of await Promise.all(reads)) {
      const value = entry?.value as readonly string[] | undefined;
      t.equal('different parts in one value', new Set(value).size, 1);
    }
  },
});
