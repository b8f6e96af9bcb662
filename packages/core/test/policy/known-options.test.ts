import { assertKnownOptions, assertOneOf, assertType, describe as shown } from '@keepsake/core';

const config = (message: RegExp) =>
  expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringMatching(message) });

describe('the checks of options', () => {
  it.each([[undefined], [null], [5], ['5m'], [[]], [() => 1]])('refuse %p in place of options', (given) => {
    expect(() => assertKnownOptions('set', given, ['ttl'])).toThrow(
      config(/^set: .*Allowed: an object of `ttl`/),
    );
  });

  it('refuse an option that there is none of, and name those that there are', () => {
    expect(() => assertKnownOptions('set', { tll: 1 }, ['ttl', 'tags'])).toThrow(
      config(/no option 'tll'.*`ttl`, `tags`/),
    );
    assertKnownOptions('set', { ttl: undefined }, ['ttl', 'tags']);
  });

  it('refuse a value of another type, and take one that is not there', () => {
    expect(() => assertType('ttl', 5, 'string', 'function')).toThrow(config(/^ttl: 5 .*string or function/));
    expect(() => assertType('tags', [], 'object')).toThrow(config(/an array/));
    assertType('tags', [], 'array');
    assertType('ttl', undefined, 'string');
  });

  it('refuse a value that is not among the allowed ones', () => {
    expect(() => assertOneOf('if', 'maybe', ['absent', 'present'])).toThrow(
      config(/'maybe'.*'absent', 'present'/),
    );
    assertOneOf('if', undefined, ['absent']);
  });
});

describe('what an error message shows of a value', () => {
  it.each<[unknown, string]>([
    ['short', "'short'"],
    ['x'.repeat(41), 'a long text'],
    [() => 1, 'a function'],
    [{ password: 'hunter2' }, 'an object'],
    [['hunter2'], 'an array'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [Symbol('s'), 'Symbol(s)'],
    [10n, '10'],
  ])('%p is %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
  });
});
