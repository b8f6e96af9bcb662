import { CacheSerializationError, jsonCodec } from '@keepsake/core';

const codec = jsonCodec();

function refusal(value: unknown): CacheSerializationError {
  try {
    codec.encode({ value, createdAt: 1, staleAt: 2, expiresAt: 3 });
  } catch (error) {
    expect(error).toBeInstanceOf(CacheSerializationError);
    return error as CacheSerializationError;
  }
  throw new Error('It was not refused.');
}

class User {
  readonly name = 'Ada';
}
class Registry extends Map<string, number> {}
class HttpError extends Error {}
const namedDate = (): object => new ({ Date: class extends Date {} }).Date();
const symbolic = Symbol('secret');

function argumentsOf(..._given: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: the object that is tested
  return arguments;
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe('jsonCodec refuses', () => {
  it.each<[string, unknown, string]>([
    ['a function', () => 1, 'value is a function'],
    ['a function inside', { items: [1, 2, 3, { fn: () => 1 }] }, 'value.items[3].fn is a function'],
    ['a class', { 'not an identifier': User }, 'value["not an identifier"] is a function'],
    ['a toJSON method', { a: { toJSON: () => 1 } }, 'value.a.toJSON is a function'],
    ['a symbol', [Symbol('s')], 'value[0] is a symbol'],
    [
      'a property named by a symbol',
      { a: { [symbolic]: 1 } },
      'value.a[Symbol(secret)] is a property named by a symbol',
    ],
    ['a class instance', { user: new User() }, 'value.user is an instance of User'],
    [
      'an instance of an extended Map',
      new Map([['k', new Registry()]]),
      'value.values()[0] is an instance of Registry',
    ],
    ['an instance of an extended Error', { e: new HttpError('x') }, 'value.e is an instance of HttpError'],
    ['an instance of an extended Array', new (class Rows extends Array {})(), 'value is an instance of Rows'],
    ['a class that is called like its parent', [namedDate()], 'value[0] is an instance of Date'],
    ['an object with an unknown prototype', Object.create({ a: 1 }), 'value is an instance of Object'],
    ['an object with a bare prototype', Object.create(Object.create(null)), 'value is an instance of Object'],
    [
      'a Map with another prototype',
      Object.setPrototypeOf(new Map(), { size: 0 }),
      'value is an instance of',
    ],
    ['a promise', { p: Promise.resolve() }, 'value.p is an instance of Promise'],
    ['a WeakMap', new Set([new WeakMap()]), 'value.values()[0] is an instance of WeakMap'],
    ['an iterator', [[][Symbol.iterator]()], 'value[0] is an instance of Array Iterator'],
    ['shared memory', new SharedArrayBuffer(1), 'value is an instance of SharedArrayBuffer'],
    ['a namespace', Math, 'value is an instance of Math'],
    ['arguments', argumentsOf(1, 2), 'value is an instance of Arguments'],
    ['a boxed symbol', Object(Symbol.iterator), 'value is an instance of Symbol'],
    [
      'a property put on a Map',
      Object.assign(new Map(), { extra: 1 }),
      'value.extra is a property put on an instance of Map',
    ],
    [
      'a property put on a boxed text',
      Object.assign(Object('ab'), { c: 1 }),
      'value.c is a property put on an instance of String',
    ],
    ['a function as a key of a Map', new Map([[() => 1, 1]]), 'value.keys()[0] is a function'],
    [
      'a function on an error',
      Object.assign(new Error('x'), { retry: () => 1 }),
      'value.retry is a function',
    ],
    ['a function as a cause', new Error('x', { cause: { fn: () => 1 } }), 'value.cause.fn is a function'],
    ['a function on an array', Object.assign([1], { fn: () => 1 }), 'value.fn is a function'],
  ])('%s', (_, value, message) => {
    expect(refusal(value).message).toContain(`${message}`);
  });

  it('a getter that throws, and keeps what it threw', () => {
    const thrown = new Error('no');
    const error = refusal({
      list: [
        {
          get broken(): never {
            throw thrown;
          },
        },
      ],
    });
    expect(error.message).toContain('value.list[0].broken cannot be read');
    expect(error.cause).toBe(thrown);
  });

  it('a Proxy that does not answer', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal({ a: { proxy } }).message).toContain('value.a.proxy cannot be read');
  });

  it('a detached buffer', () => {
    const bytes = new Uint8Array([1]);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(refusal({ buffer: bytes.buffer }).message).toContain('value.buffer cannot be read');
  });

  it.each([1001, 20_000, 200_000])('what is nested %d levels deep, without a stack overflow', (depth) => {
    const error = refusal({ tree: nested(depth) });
    expect(error.message).toContain('is nested more than 1000 levels deep');
    expect(error.message.length).toBeLessThan(300);
    expect(error.cause).toBeUndefined();
  });

  it('a value whose path is long in a short message', () => {
    let value: unknown = () => 1;
    for (let i = 0; i < 500; i++) value = { next: value };
    expect(refusal(value).message).toMatch(/^value(\.next){8}…(\.next){8} is a function/);
  });

  it.each([
    ['createdAt', { createdAt: Number.NaN }],
    ['staleAt', { staleAt: Number.NEGATIVE_INFINITY }],
    ['expiresAt', { expiresAt: '5m' }],
    ['tags', { tags: { team: 7 } }],
    ['loadTime', { loadTime: -1 }],
    ['loadTime', { loadTime: Number.NaN }],
    ['loadTime', { loadTime: Number.POSITIVE_INFINITY }],
    ['loadTime', { loadTime: '5' }],
    ['loadTime', { loadTime: null }],
  ])('an entry whose %s is not what it should be', (_, wrong) => {
    const entry = { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, ...(wrong as object) };
    expect(() => codec.encode(entry)).toThrow(CacheSerializationError);
  });

  it('a load time that is none, and says what it may be', () => {
    const entry = { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, loadTime: -1 };
    expect(() => codec.encode(entry)).toThrow('loadTime -1: it must be a number of ms, 0 or more');
  });
});
