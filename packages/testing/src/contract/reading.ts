import { isPending } from '@keepsake/core';
import { cases } from './contract-case.js';

/** What was set comes back whole, and is replaced whole. */
export const reading = cases('reading', [], {
  'misses what was never set': async (t) => {
    await t.missing('never');
    await t.set('other', 1);
    await t.missing('never');
  },
  'gives back the entry that was set': async (t) => {
    const entry = t.entry({ name: 'Ada', langs: ['en', 'fr'] });
    await t.backend.set('user:42', entry);
    t.sameEntry('the entry', await t.backend.get('user:42'), entry);
    t.sameEntry('the entry, read again', await t.backend.get('user:42'), entry);
  },
  'keeps the three instants apart': async (t) => {
    const now = t.now();
    const entry = { value: 1, createdAt: now - 5000, staleAt: now + 10_000, expiresAt: now + 60_000 };
    await t.backend.set('k', entry);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'keeps tags with their nonces': async (t) => {
    const entry = { ...t.entry(1), tags: { 'team:7': 'n1', 'user:42': 'n2', __proto: '' } };
    await t.backend.set('k', entry);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'puts no tags where there were none': async (t) => {
    await t.backend.set('k', { ...t.entry(1), tags: { a: 'n' } });
    await t.set('k', 2);
    t.equal('tags', (await t.backend.get('k'))?.tags, undefined);
  },
  'keeps the load time, 0 and fractions of a ms too': async (t) => {
    for (const loadTime of [0, 0.125, 86_400_000]) {
      const entry = { ...t.entry(1), loadTime };
      await t.backend.set('k', entry);
      t.sameEntry(`the entry, loaded in ${loadTime} ms`, await t.backend.get('k'), entry);
    }
  },
  'puts no load time where there was none': async (t) => {
    await t.backend.set('k', { ...t.entry(1), loadTime: 250 });
    await t.set('k', 2);
    t.equal('loadTime', (await t.backend.get('k'))?.loadTime, undefined);
  },
  'replaces the whole entry': async (t) => {
    await t.backend.set('k', { ...t.entry({ a: 1 }, 500_000), tags: { a: 'n' } });
    const entry = t.entry({ b: 2 });
    await t.backend.set('k', entry);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'leaves the entry it was given as it was': async (t) => {
    const entry = { ...t.entry({ list: [1] }), tags: { a: 'n' } };
    const before = { ...entry, value: { list: [1] }, tags: { a: 'n' } };
    await t.backend.set('k', entry);
    await t.backend.get('k');
    t.equal('the entry that was given', entry, before);
  },
  'keeps keys apart': async (t) => {
    await t.set('a', 1);
    await t.set('b', 2);
    await t.holds('a', 1);
    await t.holds('b', 2);
  },
  'answers in the tick it was asked, if it is local': async (t) => {
    await t.set('k', 1);
    if (t.backend.local) t.equal('get() returned a promise', isPending(t.backend.get('k')), false);
  },
});
