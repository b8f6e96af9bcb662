import { cases } from './contract-case.js';

/** `keys()` lists what is there for a user to see, each once. */
export const listing = cases('listing', [], {
  'lists nothing where nothing is': async (t) => {
    t.equal('keys()', await t.keys(), []);
    t.equal("keys('a')", await t.keys('a'), []);
  },
  'lists every live key once, as it was given': async (t) => {
    const keys = Array.from({ length: 50 }, (_, i) => `Item:${i}/ü`).sort();
    for (const key of keys) await t.set(key, 1);
    await t.set('Item:0/ü', 2);
    await t.backend.get('Item:1/ü');
    t.equal('keys()', await t.keys(), keys);
  },
  'lists what starts literally with the prefix': async (t) => {
    for (const key of ['user:1', 'user:2', 'users:1', 'my:user:1', 'u*', 'u*x']) await t.set(key, 1);
    t.equal("keys('user:')", await t.keys('user:'), ['user:1', 'user:2']);
    t.equal("keys('u*')", await t.keys('u*'), ['u*', 'u*x']);
    t.equal("keys('')", (await t.keys('')).length, 6);
  },
  'lists nothing that has expired': async (t) => {
    await t.set('short', 1, t.life);
    await t.set('long', 1);
    // Not read in between: a get may drop what has expired.
    await t.pass(t.life);
    t.equal('keys()', await t.keys(), ['long']);
  },
  'lists internal keys only to a prefix that names them': async (t) => {
    for (const key of ['a', '\0tag:a', '\0lock:a']) await t.set(key, key);
    t.equal('keys()', await t.keys(), ['a']);
    t.equal("keys('')", await t.keys(''), ['a']);
    t.equal("keys('\\0tag:')", await t.keys('\0tag:'), ['\0tag:a']);
    t.equal("keys('\\0')", await t.keys('\0'), ['\0lock:a', '\0tag:a']);
    await t.holds('\0tag:a', '\0tag:a');
  },
  'lists nothing that was deleted or cleared': async (t) => {
    for (const key of ['a', 'b:1', 'b:2', 'c']) await t.set(key, 1);
    await t.backend.delete('a');
    await t.backend.clear('b:');
    t.equal('keys()', await t.keys(), ['c']);
  },
});
