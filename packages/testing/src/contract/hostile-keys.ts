import { type ContractCase, cases } from './contract-case.js';
import type { Trial } from './trial.js';

/** Keys of one row must work, and be kept apart. */
const HOSTILE: Readonly<Record<string, readonly string[]>> = {
  'the empty key': ['', ' '],
  'keys that differ in case': ['key', 'Key', 'KEY'],
  'keys of 300 characters that differ in the last': [
    `${'x'.repeat(299)}a`,
    `${'x'.repeat(299)}b`,
    'x'.repeat(299),
  ],
  'keys of 5000 characters': [`${'y'.repeat(4999)}a`, `${'y'.repeat(4999)}b`],
  'long keys of characters that take three bytes': [`${'語'.repeat(299)}a`, `${'語'.repeat(299)}b`],
  'keys with a NUL inside': ['a\0b', 'a', 'a\0', 'ab', 'a\0c'],
  'keys with line breaks and other controls': ['a\nb', 'a\r\nb', 'a\tb', 'a\u007fb', 'a\u2028b'],
  'paths out of a directory': ['..', '../..', '../up', '/', '/root', '.', './a', 'a/../b', '~'],
  'a parent and its child': ['a', 'a/b', 'a/b/c', 'a/', 'a//b', 'a\\b', '\\'],
  'names of devices and trailing dots': ['CON', 'nul', 'aux.txt', 'c', 'c.', 'c ', 'C:'],
  'keys that look like an encoding of others': ['a/b', 'a%2Fb', 'a%252Fb', '%', '%%', 'a+b', 'a b'],
  'keys with separators': ['a:b', 'a::b', 'a', ':', '::', 'a,b', '{a}:b', '{b}:a'],
  'keys with glob characters': ['*', '**', '?', '[a]', '[!a]', '{a,b}', 'a', 'b', '\\*'],
  'names of Object.prototype': [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'length',
  ],
  'composed and decomposed characters': ['\u00e9', 'e\u0301', '\u212b', '\u00c5'],
  'characters beyond the basic plane': ['😀', '😁', '👩‍👩‍👧', '\ud83d\ude00!'],
  'lone surrogates': ['\ud800', '\ud801', '\udc00', 'a\ud800', '\ufffd'],
  'numbers and words of JavaScript': ['0', '-0', '00', 'null', 'undefined', 'NaN', 'true'],
};

/** Any string is a key, and no two strings are the same key. */
export const hostileKeys: readonly ContractCase[] = cases(
  'hostile keys',
  [],
  Object.fromEntries(
    Object.entries(HOSTILE).map(([what, keys]) => [`keeps apart ${what}`, (t: Trial) => keepsApart(t, keys)]),
  ),
);

async function keepsApart(t: Trial, keys: readonly string[]): Promise<void> {
  for (const [i, key] of keys.entries()) await t.set(key, i);
  for (const [i, key] of keys.entries()) await t.holds(key, i);
  t.equal('keys()', await t.keys(), [...keys].sort());
  const [first = '', ...others] = keys;
  t.equal(`delete(${JSON.stringify(first)})`, await t.backend.delete(first), true);
  await t.missing(first);
  for (const [i, key] of others.entries()) await t.holds(key, i + 1);
}
