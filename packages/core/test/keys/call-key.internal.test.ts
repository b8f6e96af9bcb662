import { CacheConfigError, CacheKeyError } from '@keepsake/core';
import fc from 'fast-check';
import { type CallKeyParts, callKey, parseCallKey, prefixOfFunction } from '../../src/keys/call-key.js';
import { digest } from '../../src/keys/digest.js';
import { childPath, prefixesOf, splitStoredKey, storedKey } from '../../src/keys/namespace-path.js';
import { compilePattern } from '../../src/keys/pattern.js';

const SIGNS = [
  '%',
  ':',
  '/',
  '@',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  '!',
  ',',
  '\\',
  '\0',
  '\n',
  '\ud800',
  '%u',
  '2',
  'é',
  'a',
];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const named = text.filter((id) => id !== '');
const parts: fc.Arbitrary<CallKeyParts> = fc.record({
  id: named,
  version: fc.option(text, { nil: undefined }),
  scope: fc.array(text, { maxLength: 3 }),
});
const DIGEST = digest(['42']);

describe('the key of a call', () => {
  it('is readable', () => {
    expect(callKey({ id: 'fetchUser' }, DIGEST)).toBe(`fetchUser:${DIGEST}`);
    expect(callKey({ id: 'llm.summarise', version: 2, scope: ['de', 7] }, DIGEST)).toBe(
      `llm.summarise@2:de:7:${DIGEST}`,
    );
  });

  it('keeps parts that are empty or zero', () => {
    const key = callKey({ id: 'f', version: 0, scope: ['', 0, false] }, DIGEST);
    expect(key).toBe(`f@0::0:false:${DIGEST}`);
    expect(parseCallKey(key)).toEqual({ id: 'f', version: '0', scope: ['', '0', 'false'], digest: DIGEST });
    expect(parseCallKey(callKey({ id: 'f', version: '' }, DIGEST))?.version).toBe('');
  });

  it('gives its parts back', () => {
    fc.assert(
      fc.property(parts, ({ id, version, scope }) => {
        const versioned = version === undefined ? {} : { version };
        const parsed = parseCallKey(callKey({ id, version, scope }, DIGEST));
        expect(parsed).toEqual({ id, ...versioned, scope, digest: DIGEST });
      }),
      { numRuns: 2000 },
    );
  });

  it('differs where a part differs', () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(callKey(left, DIGEST) === callKey(right, DIGEST)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('starts with the prefix of its function and version, and of no other', () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const same = left.id === right.id && left.version === right.version;
        const prefix = prefixOfFunction(right.id, right.version as string | undefined);
        expect(callKey(left, DIGEST).startsWith(prefix)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('is well-formed, has no control character, and is a pattern that matches only itself', () => {
    fc.assert(
      fc.property(parts, (some) => {
        const key = callKey(some, DIGEST);
        expect(Buffer.from(key).toString()).toBe(key);
        expect(key).not.toMatch(/\p{Cc}/u);
        expect(compilePattern(key).prefix).toBe(key);
        expect(compilePattern(key).test(key)).toBe(true);
      }),
    );
  });

  it.each([
    'user:42',
    DIGEST,
    `:${DIGEST}`,
    `@1:${DIGEST}`,
    `a@1@2:${DIGEST}`,
    `a%3a:${DIGEST}`,
    `a%:${DIGEST}`,
    `%61:${DIGEST}`,
    `a*:${DIGEST}`,
    `a:${DIGEST.toUpperCase()}`,
    '',
  ])('is told from a key that a user chose: %s', (key) => {
    expect(parseCallKey(key)).toBeUndefined();
  });

  it('refuses an empty id, and a scope that is not text, a number or a boolean', () => {
    expect(() => callKey({ id: '' }, DIGEST)).toThrow(CacheKeyError);
    for (const part of [undefined, null, {}, Symbol('x')]) {
      expect(() => callKey({ id: 'f', scope: [part as unknown as string] }, DIGEST)).toThrow("scope of 'f'");
    }
  });
});

describe('the path of a namespace', () => {
  it('joins encoded names', () => {
    expect(childPath(childPath('', 'keepsake'), 'a/b:c')).toBe('keepsake/a%2Fb%3Ac');
  });

  it('refuses an empty name', () => {
    expect(() => childPath('keepsake', '')).toThrow(CacheConfigError);
  });

  it('keeps the keys that users choose raw, and can be split off again', () => {
    fc.assert(
      fc.property(fc.array(named, { minLength: 1, maxLength: 3 }), fc.string(), (names, key) => {
        const path = names.reduce(childPath, '');
        expect(splitStoredKey(storedKey(path, key))).toEqual({ path, key });
        expect(storedKey(path, key).endsWith(`:${key}`)).toBe(true);
      }),
    );
  });

  it('has prefixes that hold its own keys and those of the namespaces inside, and no others', () => {
    const names = fc.array(fc.constantFrom('a', 'aa', 'a/a', 'a:'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(names, names, fc.string(), (outer, inner, key) => {
        const stored = storedKey(inner.reduce(childPath, ''), key);
        const inside = outer.every((name, level) => inner[level] === name);
        const prefixes = prefixesOf(outer.reduce(childPath, ''));
        expect(prefixes.some((prefix) => stored.startsWith(prefix))).toBe(inside);
      }),
    );
  });
});
