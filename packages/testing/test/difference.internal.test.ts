import { difference } from '../src/contract/difference.js';

const cyclic = (): object => {
  const object: { self?: object; n: number } = { n: 1 };
  object.self = object;
  return object;
};

describe('difference', () => {
  it.each<[unknown, unknown]>([
    [1, 1],
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [new Date(5), new Date(5)],
    [new Date(Number.NaN), new Date(Number.NaN)],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [new Uint8Array([1]), new Uint8Array([1])],
    [Object.create(null), Object.create(null)],
    [cyclic(), cyclic()],
  ])('finds none between %p and its like', (actual, expected) => {
    expect(difference(actual, expected)).toBeUndefined();
  });

  it.each<[unknown, unknown, string]>([
    [0, -0, 'got 0, expected -0'],
    [null, undefined, 'got null, expected undefined'],
    ['1', 1, 'got "1", expected 1'],
    [1n, 1, 'got 1n, expected 1'],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, 'at .a.b.1: got 2, expected 3'],
    [{ a: undefined }, {}, 'got "{a}", expected "{}"'],
    [[undefined], new Array(1), 'got "{0}", expected "{}"'],
    [[], {}, 'got "a Array", expected "a Object"'],
    [{}, Object.create(null), 'expected "a bare object"'],
    [new Date(5), new Date(6), 'got "Date 5"'],
    [new Date(5), new Date(5).toJSON(), 'got a Date'],
    [new Map([[1, 'a']]), new Map([['1', 'a']]), 'got 1, expected "1"'],
    [new Set([1]), new Set([1, 2]), 'got'],
    [new Uint8Array([1]), new Uint8Array([2]), 'got "bytes 1"'],
    [new Uint8Array([1]), Buffer.from([1]), 'expected "a Buffer"'],
    [/a/g, /a/i, 'got "/a/g"'],
    [new Error('a'), new Error('b'), 'got "Error: a"'],
    [new Error('a', { cause: 1 }), new Error('a', { cause: 2 }), 'at .cause: got 1, expected 2'],
    [new RangeError('a'), new Error('a'), 'got "a RangeError"'],
    [() => 1, () => 1, 'got'],
  ])('says where %p differs from %p', (actual, expected, message) => {
    expect(difference(actual, expected)).toContain(message);
  });
});
