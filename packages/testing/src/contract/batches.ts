import { type ContractCase, cases } from './contract-case.js';

const reads = cases('batches', ['getMany'], {
  'answers a batch of reads in order, a miss as undefined': async (t) => {
    for (const key of ['a', 'b', 'c']) await t.set(key, key);
    const answers = await t.backend.getMany(['c', 'missing', 'a', 'b', 'gone']);
    t.equal(
      'values',
      answers.map((entry) => entry?.value),
      ['c', undefined, 'a', 'b', undefined],
    );
  },
  'answers a key that is asked for twice, twice': async (t) => {
    for (const key of ['a', 'b']) await t.set(key, key);
    const answers = await t.backend.getMany(['a', 'b', 'a', 'x', 'x']);
    t.equal(
      'values',
      answers.map((entry) => entry?.value),
      ['a', 'b', 'a', undefined, undefined],
    );
  },
  'reads whole entries in a batch, null and undefined among them': async (t) => {
    const entries = [{ ...t.entry(null), tags: { a: 'n' } }, t.entry({ n: 1 }, 5000)];
    for (const [i, entry] of entries.entries()) await t.backend.set(`k${i}`, entry);
    const answers = await t.backend.getMany(['k0', 'k1']);
    for (const [i, entry] of entries.entries()) t.sameEntry(`k${i}`, answers[i], entry);
  },
  'reads load times in a batch, where there are any': async (t) => {
    const entries = [{ ...t.entry(1), loadTime: 250.5 }, t.entry(2), { ...t.entry(3), loadTime: 0 }];
    for (const [i, entry] of entries.entries()) await t.backend.set(`k${i}`, entry);
    const answers = await t.backend.getMany(['k0', 'k1', 'k2']);
    for (const [i, entry] of entries.entries()) t.sameEntry(`k${i}`, answers[i], entry);
  },
  'reads nothing that has expired in a batch': async (t) => {
    await t.set('short', 1, t.life);
    await t.set('long', 2);
    await t.pass(t.life);
    const answers = await t.backend.getMany(['short', 'long']);
    t.equal(
      'values',
      answers.map((entry) => entry?.value),
      [undefined, 2],
    );
  },
  'answers an empty batch of reads with nothing': async (t) => {
    t.equal('answers', [...(await t.backend.getMany([]))], []);
  },
});

const writes = cases('batches', ['setMany'], {
  'stores each entry of a batch under its key, with its own life': async (t) => {
    const items = Array.from({ length: 20 }, (_, i) => [`k${i}`, t.entry(i, 10_000 + i)] as const);
    await t.backend.setMany(items);
    for (const [key, entry] of items) t.sameEntry(key, await t.backend.get(key), entry);
  },
  'stores load times by a batch, where there are any': async (t) => {
    const entries = [{ ...t.entry(1), loadTime: 250.5 }, t.entry(2), { ...t.entry(3), loadTime: 0 }];
    await t.backend.setMany(entries.map((entry, i) => [`k${i}`, entry] as const));
    for (const [i, entry] of entries.entries()) t.sameEntry(`k${i}`, await t.backend.get(`k${i}`), entry);
  },
  'replaces by a batch what was there, the last of a key wins': async (t) => {
    await t.set('k', 'old');
    await t.backend.setMany([
      ['k', t.entry('first')],
      ['k', t.entry('last')],
    ]);
    await t.holds('k', 'last');
  },
  'stores nothing by an empty batch': async (t) => {
    await t.backend.setMany([]);
    t.equal('keys()', await t.keys(), []);
  },
});

const deletes = cases('batches', ['deleteMany'], {
  'deletes each key of a batch and says for each, in order, whether it was there': async (t) => {
    for (const key of ['a', 'b', 'c']) await t.set(key, key);
    t.equal('answers', [...(await t.backend.deleteMany(['c', 'missing', 'a']))], [true, false, true]);
    t.equal('keys()', await t.keys(), ['b']);
  },
  'says that an expired key of a batch was not there': async (t) => {
    await t.set('short', 1, t.life);
    await t.set('long', 2);
    await t.pass(t.life);
    t.equal('answers', [...(await t.backend.deleteMany(['short', 'long']))], [false, true]);
  },
  'deletes nothing by an empty batch': async (t) => {
    await t.set('k', 1);
    t.equal('answers', [...(await t.backend.deleteMany([]))], []);
    await t.holds('k', 1);
  },
});

/** A batch is what its parts would have been, one by one. */
export const batches: readonly ContractCase[] = [...reads, ...writes, ...deletes];
