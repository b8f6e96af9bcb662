import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { CacheKeyError } from '@keepsake/core';
import { canonical } from '../../src/keys/canonical.js';

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Secretive {
  readonly shown = 1;
  readonly #amount: number;
  constructor(amount: number) {
    this.#amount = amount;
  }
  amount(): number {
    return this.#amount;
  }
}
class Helped {
  readonly shown = 1;
  #double(): number {
    return this.shown * 2;
  }
  double(): number {
    return this.#double();
  }
}
class Moment extends Date {
  get [Symbol.toStringTag](): string {
    return 'Moment';
  }
}
const otherClass = (name: string, x: number): object => {
  const named = {
    [name]: class {
      x = x;
    },
  };
  return new (named[name] as new () => object)();
};
const withExtra = <T extends object>(value: T) => Object.assign(value, { extra: 1 });
const dictionary = (properties: object) => Object.assign(Object.create(null), properties);
const foreign = (code: string) => runInNewContext(code) as unknown;
const shared = { a: 1 };

const EQUAL: [name: string, left: unknown, right: unknown][] = [
  ['-0 and 0', -0, 0],
  ['-0 and 0 in a view', new Float64Array([-0]), new Float64Array([0])],
  ['NaN and NaN', Number.NaN, Number.NaN],
  ['two orders of properties', { b: 1, a: 2 }, { a: 2, b: 1 }],
  ['two orders of number-like properties', { b: 1, 2: 2, 10: 3 }, { 10: 3, 2: 2, b: 1 }],
  ['an object with and without a prototype', dictionary({ a: 1 }), { a: 1 }],
  [
    'two orders of a Map',
    new Map([
      [1, 2],
      [3, 4],
    ]),
    new Map([
      [3, 4],
      [1, 2],
    ]),
  ],
  ['two orders of a Set', new Set(['a', 'b']), new Set(['b', 'a'])],
  ['a Buffer and a Uint8Array of its bytes', Buffer.from([1, 255]), new Uint8Array([1, 255])],
  ['a view and its copy', new Uint16Array(new Uint16Array([9, 1, 2]).buffer, 2), new Uint16Array([1, 2])],
  ['two invalid dates', new Date(Number.NaN), new Date('never')],
  [
    'an accessor and a value',
    {
      get a() {
        return 1;
      },
    },
    { a: 1 },
  ],
  ['a shared reference and two copies', [shared, shared], [{ a: 1 }, { a: 1 }]],
  ['a proxy and its target', new Proxy({ a: 1 }, {}), { a: 1 }],
  ['a hidden property and none', Object.defineProperty({}, 'a', { value: 1 }), {}],
  ['toJSON and none', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 2 }), { a: 1 }],
  ['errors with different stacks', new Error('x'), new Error('x')],
  [
    'an object of another realm',
    foreign('({ a: [1, new Date(5), new Map([[1, 2]])] })'),
    { a: [1, new Date(5), new Map([[1, 2]])] },
  ],
  ['a RegExp of another realm', foreign('/a/g'), /a/g],
  ['an error of another realm', foreign('new TypeError("x")'), new TypeError('x')],
  ['bytes of another realm', foreign('new Uint8Array([1])'), new Uint8Array([1])],
];

const DISTINCT: [name: string, left: unknown, right: unknown][] = [
  ['an undefined property and none', { a: undefined }, {}],
  ['numbers and their texts', [1, 2], ['1', '2']],
  ['two nestings', [1, [2]], [[1], 2]],
  ['null and undefined', { a: null }, { a: undefined }],
  ['null and its text', null, 'null'],
  ['NaN and null', Number.NaN, null],
  ['NaN and its text', Number.NaN, 'NaN'],
  ['Infinity and -Infinity', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ['true and 1', true, 1],
  ['a bigint and a number', 1n, 1],
  ['a bigint and its text', 1n, '1n'],
  ['empty text and empty list', '', []],
  ['an empty list and an empty object', [], {}],
  ['a list and an object of its indices', ['a'], { 0: 'a' }],
  ['a hole and undefined', new Array(1), [undefined]],
  ['holes in other places', Object.assign(new Array(2), { 0: 1 }), Object.assign(new Array(2), { 1: 1 })],
  ['a list with a property and without', withExtra([1]), [1]],
  ['a hole made good by a property', Object.assign(new Array(1), { a: 1 }), [1]],
  ['a date and its text', new Date(0), new Date(0).toISOString()],
  ['a date and its number', new Date(0), 0],
  ['a date with a property and without', withExtra(new Date(0)), new Date(0)],
  ['an invalid date and NaN', new Date(Number.NaN), Number.NaN],
  ['flags of a RegExp', /a/g, /a/],
  ['a RegExp and its text', /a/, '/a/'],
  ['a RegExp at two places', Object.assign(/a/g, { lastIndex: 1 }), /a/g],
  ['a URL and its text', new URL('http://a.test/'), 'http://a.test/'],
  ['parameters in two orders', new URLSearchParams('a=1&b=2'), new URLSearchParams('b=2&a=1')],
  ['a Map and an object', new Map([['a', 1]]), { a: 1 }],
  ['a Map and its entries', new Map([['a', 1]]), [['a', 1]]],
  ['a Map and a Set of its entries', new Map([['a', 1]]), new Set([['a', 1]])],
  ['keys and values of a Map swapped', new Map([['a', 'b']]), new Map([['b', 'a']])],
  ['a Set and a list', new Set([1]), [1]],
  ['a Buffer and its JSON', Buffer.from('a'), { type: 'Buffer', data: [97] }],
  ['bytes and their text', new Uint8Array([97]), 'a'],
  ['kinds of views', new Uint8Array([1]), new Int8Array([1])],
  ['clamped and plain bytes', new Uint8Array([1]), new Uint8ClampedArray([1])],
  ['a view and its buffer', new Uint8Array([1]), new Uint8Array([1]).buffer],
  ['a DataView and bytes', new DataView(new ArrayBuffer(1)), new Uint8Array(1)],
  ['a view and a list', new Float64Array([1]), [1]],
  ['widths of floats', new Float32Array([1]), new Float64Array([1])],
  ['a shared and a plain buffer', new SharedArrayBuffer(1), new ArrayBuffer(1)],
  ['classes of errors', new TypeError('x'), new Error('x')],
  ['an error and its text', new Error('x'), 'Error: x'],
  ['an error with a cause and without', new Error('x', { cause: 1 }), new Error('x')],
  ['an undefined cause and none', new Error('x', { cause: undefined }), new Error('x')],
  ['an error with a code and without', Object.assign(new Error('x'), { code: 1 }), new Error('x')],
  ['errors of two aggregates', new AggregateError([1]), new AggregateError([2])],
  ['a boxed and a plain number', Object(1), 1],
  ['a boxed number and text', Object(1), Object('1')],
  ['a boxed bigint and number', Object(1n), Object(1)],
  ['a class and an object literal', new Point(1), { x: 1 }],
  ['two classes', new Point(1), otherClass('Spot', 1)],
  ['an anonymous class and an object literal', otherClass('', 1), { x: 1 }],
  ['a subclass of Array', class List extends Array {}.from([1]), [1]],
  ['a subclass of Map', new (class Table extends Map<number, number> {})([[1, 2]]), new Map([[1, 2]])],
  ['a subclass with a tag of its own', new Moment(1), new Moment(2)],
  [
    'arguments and an object',
    (function (this: unknown, _first?: number) {
      // biome-ignore lint/complexity/noArguments: what the case is about
      return arguments;
    })(1),
    { 0: 1 },
  ],
  ['an own __proto__ and none', JSON.parse('{"__proto__":{"a":1}}'), {}],
  ['two own __proto__', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}')],
  ['NFC and NFD', '\u00e9', 'e\u0301'],
  ['two lone surrogates', '\ud800', '\ud801'],
  ['a lone surrogate and the replacement character', '\ud800', '\ufffd'],
  ['a lone surrogate and its escape', '\ud800', '\\ud800'],
  ['a lone surrogate and its escape beside another', '\ud800\ud800', '\\ud800\ud800'],
  ['a lone surrogate before and after its escape', '\ud800\\ud800', '\\ud800\ud800'],
  ['a surrogate pair and its halves', ['\ud83d\ude00', ''], ['\ud83d', '\ude00']],
  ['a property named by a lone surrogate', { '\ud800': 1 }, { '\ud801': 1 }],
  ['text that looks like a key', 's1:a', ['a']],
  ['text with and without NUL', 'a\0', 'a'],
];

describe('canonical', () => {
  it.each(EQUAL)('takes %s as equal', (_, left, right) => {
    expect(canonical([left])).toBe(canonical([right]));
    expect(canonical([{ in: [left] }])).toBe(canonical([{ in: [right] }]));
  });

  it.each(DISTINCT)('tells %s apart', (_, left, right) => {
    expect(canonical([left])).not.toBe(canonical([right]));
    expect(canonical([{ in: [left] }])).not.toBe(canonical([{ in: [right] }]));
  });

  it('drops undefined at the end of the arguments, not before', () => {
    expect(canonical([1, undefined])).toBe(canonical([1]));
    expect(canonical([undefined])).toBe(canonical([]));
    expect(canonical([undefined, 1])).not.toBe(canonical([1]));
    expect(canonical([null])).not.toBe(canonical([]));
  });

  it('tells one argument from two', () => {
    expect(canonical([[1, 2]])).not.toBe(canonical([1, 2]));
    expect(canonical(['a', 'b'])).not.toBe(canonical(['ab']));
  });

  it('takes an AbortSignal among the arguments for undefined', () => {
    const { signal } = new AbortController();
    expect(canonical(['a', signal])).toBe(canonical(['a']));
    expect(canonical([signal, 'a'])).toBe(canonical([undefined, 'a']));
    expect(canonical([signal, 'a'])).not.toBe(canonical(['a']));
  });

  it('leaves out the named properties of arguments, and only of these', () => {
    const omit = ['trace', 'signal'];
    const { signal } = new AbortController();
    expect(canonical([{ a: 1, trace: () => 1, signal }], { omit })).toBe(canonical([{ a: 1 }]));
    expect(canonical([Object.assign(new Point(1), { trace: 2 })], { omit })).toBe(canonical([new Point(1)]));
    expect(canonical([{ in: { trace: 1 } }], { omit })).not.toBe(canonical([{ in: {} }]));
    expect(canonical([[{ trace: 1 }]], { omit })).not.toBe(canonical([[{}]]));
  });

  it('gives well-formed text, whatever comes in', () => {
    const text = canonical(['\ud800', { '\udc00': '\\' }]);
    expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
  });

  it('gives the same text on a platform without isWellFormed', () => {
    const samples = ['a', '\ud800\\', '\ud83d\ude00', '\udc00'];
    const expected = samples.map((text) => canonical([text]));
    const native = Object.getOwnPropertyDescriptor(String.prototype, 'isWellFormed') as PropertyDescriptor;
    Reflect.deleteProperty(String.prototype, 'isWellFormed');
    try {
      expect(samples.map((text) => canonical([text]))).toEqual(expected);
    } finally {
      Object.defineProperty(String.prototype, 'isWellFormed', native);
    }
  });

  it('sees a class whose only private members are methods', () => {
    expect(canonical([new Helped()])).not.toBe(canonical([{ shown: 1 }]));
  });

  it('is quick with a sparse list and a large view', () => {
    expect(canonical([new Array(4_000_000_000)]).length).toBeLessThan(100);
    expect(canonical([new Uint8Array(1_000_000)]).length).toBeLessThan(1_000_100);
  });
});

const cyclic: Record<string, unknown> = {};
cyclic.self = { again: cyclic };
const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
};
const doubled = (levels: number): unknown => {
  let value: unknown = [1];
  for (let level = 0; level < levels; level++) value = [value, value];
  return value;
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const throwing = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('no keys');
    },
  },
);
const getter = {
  get boom() {
    throw new Error('no value');
  },
};

const thrownBy = (attempt: () => unknown): unknown => {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
};

const REFUSED: [name: string, args: unknown[], path: string][] = [
  ['a function', [{ opts: { fn: () => 1 } }], 'args[0].opts.fn is a function'],
  ['a class', [1, Point], 'args[1] is a function'],
  ['a symbol', [[Symbol('x')]], 'args[0][0] is a symbol'],
  ['a boxed symbol', [Object(Symbol('x'))], 'args[0] is Symbol'],
  [
    'a property named by a symbol',
    [{ [Symbol('x')]: 1 }],
    'args[0] has a property named by a symbol (Symbol(x))',
  ],
  ['a promise', [{ 'a b': Promise.resolve() }], 'args[0]["a b"] is a promise'],
  [
    'a thenable',
    [
      new (class Later {
        value = 1;
        // biome-ignore lint/suspicious/noThenProperty: what the case is about
        then() {}
      })(),
    ],
    'args[0] is a promise',
  ],
  // biome-ignore lint/suspicious/noThenProperty: what the case is about
  ['a thenable literal', [{ then: () => 1 }], 'args[0].then is a function'],
  ['a generator', [(function* () {})()], 'args[0] is an iterator'],
  ['an async generator', [(async function* () {})()], 'args[0] is an iterator'],
  ['an iterator of a Map', [new Map().entries()], 'args[0] is an iterator'],
  ['a WeakMap', [withExtra(new WeakMap())], 'args[0] holds its content weakly'],
  ['a WeakRef', [new WeakRef({})], 'args[0] holds its content weakly'],
  ['a Node stream', [Readable.from([])], 'args[0] is a stream'],
  ['a web stream', [new ReadableStream()], 'args[0] is a stream'],
  ['an event emitter', [new EventEmitter()], 'args[0]'],
  ['a Request', [new Request('http://a.test/')], 'args[0]'],
  ['a Response', [new Response()], 'args[0]'],
  ['Headers', [new Headers({ a: '1' })], 'args[0]'],
  ['a formatter', [new Intl.NumberFormat()], 'args[0] is Intl.NumberFormat without enumerable properties'],
  ['a signal inside an argument', [1, { signal: new AbortController().signal }], 'args[1].signal'],
  ['Math', [Math], 'args[0] is Math without'],
  [
    'an instance that shows nothing',
    [new (class Empty {})()],
    'args[0] is Object without enumerable properties',
  ],
  ['private fields', [new Secretive(1)], 'args[0] is a Secretive whose private fields cannot be seen'],
  [
    'private fields of a subclass of a built-in',
    [
      new (class extends Map {
        #a = 1;
        a() {
          return this.#a;
        }
      })(),
    ],
    'args[0] is a class whose private',
  ],
  [
    'an object that inherits data',
    [Object.assign(Object.create({ a: 1 }), { b: 1 })],
    'args[0] inherits from an object',
  ],
  ['a getter that throws', [1, { deep: [getter] }], 'args[1].deep[0].boom cannot be read'],
  ['a proxy that throws', [{ p: throwing }], 'args[0].p cannot be read'],
  ['a revoked proxy', [revoked.proxy], 'args[0] cannot be read'],
  ['a cycle', [cyclic], 'args[0].self.again contains itself'],
  ['a cycle through a Map', [((map) => map.set('a', map))(new Map())], 'args[0].values()[0] contains itself'],
  ['a bad key of a Map', [new Map([[() => 1, 1]])], 'args[0].keys()[0] is a function'],
  ['a bad member of a Set', [new Set([1, () => 1])], 'args[0].values()[1] is a function'],
  ['a bad cause', [new Error('x', { cause: () => 1 })], 'args[0].cause is a function'],
  ['depth 20 000', [deep(20_000)], 'is nested more than 1000 levels deep'],
  ['sixty doublings', [doubled(60)], 'is too large'],
];

describe('canonical refuses', () => {
  it.each(REFUSED)('%s, naming its path', (_, args, message) => {
    const error = thrownBy(() => canonical(args));
    expect(error).toBeInstanceOf(CacheKeyError);
    expect(String(error)).toContain(message);
  });

  it('keeps what a getter threw as the cause', () => {
    expect(() => canonical([getter])).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: 'no value' }) }),
    );
  });

  it('shows both ends of a long path, not all of it', () => {
    expect(() => canonical([deep(2000)])).toThrow(/^args\[0\]\.in.{0,100}….{0,100} is nested/);
  });

  it('names no value in its message', () => {
    expect(() => canonical([{ password: 'canary', fn: () => 'canary' }])).toThrow(/^(?!.*canary)/s);
  });

  it('allows 999 levels, on a stack that is in use', () => {
    const atDepth = (frames: number): string => (frames > 0 ? atDepth(frames - 1) : canonical([deep(999)]));
    expect(atDepth(500)).toContain('n1;');
  });
});
