import { type ContractCase, cases } from './contract-case.js';
import type { Trial } from './trial.js';

/** A clear removes what starts with its prefix, to the letter. */
export const clearing: readonly ContractCase[] = cases('clearing', [], {
  'removes everything without a prefix': async (t) => {
    await fill(t, ['a', 'user:1', '\0internal', '']);
    await t.backend.clear();
    for (const key of ['a', 'user:1', '\0internal', '']) await t.missing(key);
    t.equal('keys()', await t.keys(), []);
  },
  'removes what starts with the prefix, and nothing that merely resembles it': async (t) => {
    const kept = ['users:1', 'user', 'User:1', 'my:user:1', 'user;1'];
    await fill(t, ['user:1', 'user:', 'user:1:2', ...kept]);
    await t.backend.clear('user:');
    t.equal('keys()', await t.keys(), [...kept].sort());
    for (const key of kept) await t.holds(key, key);
    await t.missing('user:1');
  },
  'takes * and ? of a prefix literally': (t) =>
    clearsOnly(t, 'a*?', ['a*?', 'a*?b'], ['a', 'ab', 'abc', 'abcd', 'a*']),
  'takes brackets and braces of a prefix literally': (t) =>
    clearsOnly(t, '[ab]{c,d}', ['[ab]{c,d}', '[ab]{c,d}:1'], ['ac', 'bd:1', '[ab]c']),
  'takes what SQL and regular expressions mark literally': (t) =>
    clearsOnly(t, '%_.+^$\\', ['%_.+^$\\', '%_.+^$\\x'], ['ab.+', '%a.+^$\\', '%_x+^$\\']),
  'takes an empty prefix as every key': (t) => clearsOnly(t, '', ['a', '\0b'], []),
  'removes nothing where nothing starts with the prefix': (t) =>
    clearsOnly(t, 'nobody:', [], ['a', 'nobody']),
  'keeps internal keys from a prefix that does not name them': (t) =>
    clearsOnly(t, 'tag', ['tag:a'], ['\0tag:a']),
  'can be set again after a clear': async (t) => {
    await t.set('k', 1);
    await t.backend.clear();
    await t.set('k', 2);
    await t.holds('k', 2);
  },
});

async function clearsOnly(
  t: Trial,
  prefix: string,
  removed: readonly string[],
  kept: readonly string[],
): Promise<void> {
  await fill(t, [...removed, ...kept]);
  await t.backend.clear(prefix);
  for (const key of removed) await t.missing(key);
  for (const key of kept) await t.holds(key, key);
}

async function fill(t: Trial, keys: readonly string[]): Promise<void> {
  for (const key of keys) await t.set(key, key);
}
