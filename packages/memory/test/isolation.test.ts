import { CacheSerializationError, type Entry } from '@keepsake/core';
import { type Isolation, memory } from '@keepsake/memory';

const entry = (value: unknown): Entry => ({
  value,
  createdAt: 0,
  staleAt: 1e15,
  expiresAt: 1e15,
  tags: { team: 'n' },
});

/** What comes back of `value`, twice. */
function kept<T>(isolation: Isolation, value: T): { backend: ReturnType<typeof memory>; read: () => T } {
  const backend = memory({ isolation });
  backend.set('k', entry(value));
  return { backend, read: () => backend.get('k')?.value as T };
}

describe("isolation: 'reference'", () => {
  it('gives every caller the object that was stored', () => {
    const value = { n: [1] };
    const { read } = kept('reference', value);
    expect(read()).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
  });
});

describe("isolation: 'freeze'", () => {
  it('makes a mutation throw, however deep', () => {
    const { read } = kept('freeze', { a: { b: [{ c: 1 }] } });
    expect(() => {
      (read().a.b[0] as { c: number }).c = 2;
    }).toThrow(TypeError);
    expect(() => read().a.b.push({ c: 3 })).toThrow(TypeError);
    expect(read()).toEqual({ a: { b: [{ c: 1 }] } });
  });

  it('freezes cycles, class instances and properties with symbols for names', () => {
    class Point {
      x = { value: 1 };
    }
    const hidden = Symbol('hidden');
    const value = { point: new Point(), [hidden]: { n: 1 }, self: undefined as unknown };
    value.self = value;
    const { read } = kept('freeze', value);
    expect(read()).toBe(value);
    expect([value, value.point, value.point.x, value[hidden]].every(Object.isFrozen)).toBe(true);
  });

  it.each([
    ['a Map', new Map([['a', { n: 1 }]]), (v: Map<string, unknown>) => v.set('b', 2)],
    ['a Set', new Set([1]), (v: Set<number>) => v.add(2)],
    ['a Date', new Date(5), (v: Date) => v.setTime(9)],
    ['a typed array', new Uint8Array([1, 2]), (v: Uint8Array) => v.fill(9)],
    ['a Buffer', Buffer.from('ab'), (v: Buffer) => v.fill(9)],
  ])('copies %s instead, which cannot be frozen', (_, made, spoil) => {
    const value = { deep: [made] };
    const { backend, read } = kept('freeze', value);
    const before = read();
    (spoil as (v: unknown) => void)(read().deep[0]);
    (spoil as (v: unknown) => void)(made);
    expect(read()).toEqual(before);
    expect(Object.isFrozen(value)).toBe(false);
    expect(backend.pin('k')).toBeUndefined();
  });

  it('gives a pin of what is frozen, and the entry is frozen with it', () => {
    const { backend } = kept('freeze', { n: 1 });
    const pinned = backend.pin('k')?.entry;
    expect(Object.isFrozen(pinned) && Object.isFrozen(pinned?.tags) && Object.isFrozen(pinned?.value)).toBe(
      true,
    );
    backend.touch('k', 2e15, 2e15);
    expect(Object.isFrozen(backend.pin('k')?.entry)).toBe(true);
  });
});

describe("isolation: 'clone'", () => {
  it('keeps what was stored, whatever is done to what was given or got', () => {
    const value = { a: { b: [1] } };
    const { backend, read } = kept('clone', value);
    value.a.b.push(2);
    read().a.b.push(3);
    expect(read()).toEqual({ a: { b: [1] } });
    expect(backend.pin('k')).toBeUndefined();
    expect(backend.get('k')?.tags).toEqual({ team: 'n' });
  });

  const cyclic: { self?: unknown; twice: unknown[] } = { twice: [] };
  const shared = { n: 1 };
  cyclic.self = cyclic;
  cyclic.twice.push(shared, shared);
  const bare = Object.assign(Object.create(null) as object, { n: 1 });
  const proto = JSON.parse('{"__proto__": {"polluted": true}}') as object;
  const holes: unknown[] = [];
  holes[3] = 1;

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['-0', -0],
    ['a BigInt', 12n],
    ['nested Maps and Sets', new Map([[{ k: 1 }, new Set([new Map()])]])],
    ['a Date', new Date(5)],
    ['a RegExp', /a+/giu],
    ['a URL', new URL('https://example.invalid/?q=1')],
    ['a typed array', new Float64Array([1, -0, Number.NaN])],
    ['a Buffer', Buffer.from('bytes')],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['cycles and shared references', cyclic],
    ['an object without a prototype', bare],
    ['an own __proto__', proto],
    ['an array with holes', holes],
    ['undefined properties', { a: undefined }],
  ])('copies %s without loss', (_, value) => {
    const copy = kept('clone', value).read();
    expect(copy).toStrictEqual(value);
    if (typeof value === 'object' && value !== null) {
      expect(copy).not.toBe(value);
      expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(value));
    }
  });

  it('keeps the shape of references', () => {
    const copy = kept('clone', cyclic).read();
    expect(copy.self).toBe(copy);
    expect(copy.twice[0]).toBe(copy.twice[1]);
  });

  it('copies the memory of a Buffer', () => {
    const value = Buffer.from('ab');
    const { read } = kept('clone', value);
    value[0] = 0;
    expect(read().toString()).toBe('ab');
    expect(Buffer.isBuffer(read())).toBe(true);
  });

  it('copies an Error with its message, stack, cause and own properties', () => {
    const error = Object.assign(new RangeError('far', { cause: { n: 1 } }), { code: 'E' });
    const copy = kept('clone', error).read();
    expect(copy).toBeInstanceOf(RangeError);
    expect(copy).not.toBe(error);
    expect([copy.message, copy.stack, copy.cause, copy.code]).toEqual(['far', error.stack, { n: 1 }, 'E']);
    expect(Object.keys(copy)).toEqual(['code']);
  });

  class Money {
    amount = 1;
  }
  it.each<[string, unknown, string]>([
    ['a function', { a: { f: () => 1 } }, 'value.a.f is a function'],
    ['a symbol', [Symbol('s')], 'value.0 is a symbol'],
    ['a class instance', { price: new Money() }, 'value.price is an instance of Money'],
    ['a subclass', new (class Stack extends Array {})(), 'value is an instance of Stack'],
    ['a Promise', [Promise.resolve()], 'value.0 is an instance of Promise'],
    ['a WeakMap', new WeakMap(), 'value is an instance of WeakMap'],
    ['symbols for names', { [Symbol('s')]: 1 }, 'value is an object with symbols for names'],
  ])('refuses %s, says where it is, and keeps what was there', (_, value, message) => {
    const { backend, read } = kept('clone', 'old' as unknown);
    expect(() => backend.set('k', entry(value))).toThrow(CacheSerializationError);
    expect(() => backend.set('k', entry(value))).toThrow(message);
    expect(read()).toBe('old');
  });
});
