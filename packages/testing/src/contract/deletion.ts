import { cases } from './contract-case.js';

/** A delete removes, and says the truth about it. */
export const deletion = cases('deletion', [], {
  'removes what it deletes and says so': async (t) => {
    await t.set('k', 1);
    t.equal('delete', await t.backend.delete('k'), true);
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
  },
  'says that nothing was there': async (t) => {
    t.equal('delete of what was never set', await t.backend.delete('k'), false);
    await t.set('k', 1);
    await t.backend.delete('k');
    t.equal('delete of what was deleted', await t.backend.delete('k'), false);
  },
  'says that nothing was there where the entry had expired': async (t) => {
    await t.set('k', 1, t.life);
    // Not read in between: a get may drop what has expired, and so hide a delete that does not look.
    await t.pass(t.life);
    t.equal('delete', await t.backend.delete('k'), false);
  },
  'deletes an entry whose value is null as any other': async (t) => {
    await t.set('null', null);
    t.equal('delete', await t.backend.delete('null'), true);
    await t.missing('null');
  },
  'leaves other keys alone': async (t) => {
    for (const key of ['k', 'k2', 'k:1', 'prefix:k']) await t.set(key, key);
    await t.backend.delete('k');
    for (const key of ['k2', 'k:1', 'prefix:k']) await t.holds(key, key);
  },
  'takes a key literally, whatever it looks like': async (t) => {
    for (const key of ['a*', 'ab', 'a?', 'a[b]']) await t.set(key, key);
    for (const key of ['a*', 'a?', 'a[b]']) t.equal(`delete(${key})`, await t.backend.delete(key), true);
    await t.holds('ab', 'ab');
  },
});
