import { inspect, isDeepStrictEqual } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { type Entry, jsonCodec } from '@keepsake/core';
import fc from 'fast-check';

const codec = jsonCodec();
const entry = (value: unknown): Entry => ({ value, createdAt: 1, staleAt: 2, expiresAt: 3 });
const back = <T>(value: T): T => codec.decode(codec.encode(entry(value))).value as T;

/** Everything that shows: own properties, hidden ones, classes, holes, stacks. */
const shown = (value: unknown): string =>
  inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, showHidden: true });

function expectSame(value: unknown): void {
  const again = back(value);
  expect(shown(again)).toBe(shown(value));
  // Node 20 takes no invalid Date for equal to another one.
  if (!shown(value).includes('Invalid Date')) expect(isDeepStrictEqual(again, value)).toBe(true);
}

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'toString', '$', 'of', '0', '-0', 'length', '\ud800'),
);
const leaf = fc.oneof(
  fc.anything({
    maxDepth: 1,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(undefined, null, -0, Number.NaN, Number.POSITIVE_INFINITY, '\udc00', '$'),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => bytes.slice().buffer),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => new DataView(bytes.slice().buffer)),
  fc.webUrl({ withFragments: true, withQueryParameters: true }).map((url) => new URL(url)),
  fc.webQueryParameters().map((query) => new URLSearchParams(query)),
  fc.constantFrom('a+', '[/"]', '', '\\/').map((source) => new RegExp(source, 'giu')),
);
const { value: rich } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, tie('object'), tie('array'), tie('error')),
  object: fc.oneof(
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
  array: fc.oneof(
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((members) => new Set(members)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => Object.assign([], { 2: items, 7: 1, index: 3 })),
  ),
  error: fc
    .tuple(fc.constantFrom(Error, TypeError, RangeError, SyntaxError, URIError), fc.string(), tie('value'))
    .map(([Type, message, cause]) => Object.assign(new Type(message, { cause }), { code: 'E_FAILED' })),
}));

describe('jsonCodec', () => {
  it('gives back every value that it carries', () => {
    fc.assert(
      fc.property(rich, (value) => expectSame(value)),
      { numRuns: 2000 },
    );
  });

  it('gives back the same value from bytes as from text', () => {
    fc.assert(
      fc.property(rich, (value) => {
        const text = codec.encode(entry(value)) as string;
        const again = codec.decode(Buffer.from(text)).value;
        expect(shown(again)).toBe(shown(value));
      }),
      { numRuns: 300 },
    );
  });

  it('writes a value that is JSON already as plain JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value = JSON.parse(json.replaceAll('-0', '0')) as unknown;
        expect(codec.encode(entry(value))).toBe(`K1p 1 2 3\n${JSON.stringify(value)}\n`);
      }),
    );
    expect(codec.encode(entry({ $: 'Date', of: [1] }))).toBe('K1p 1 2 3\n{"$":"Date","of":[1]}\n');
  });

  it.each([
    ['an AggregateError', new AggregateError([new Error('a'), 'b'], 'both', { cause: { at: new Date(3) } })],
    ['an error without a stack', withoutStack(new Error('x'))],
    ['an error without a message', new Error()],
    ['an error with a hidden name', Object.defineProperty(new Error('x'), 'name', { value: 'Named' })],
    ['an error with a visible message', Object.assign(new EvalError(), { message: 'seen', name: 'Mine' })],
    ['an error of the platform', platformError()],
    ['an invalid Date', new Date(Number.NaN)],
    ['a RegExp in use', Object.assign(/a/g, { lastIndex: 7 })],
    ['a match', 'xay'.match(/(?<letter>a)/)],
    ['an array of holes', new Array(3)],
    ['a long sparse array', Object.assign([], { 4294967294: 1 })],
    ['holes beside undefined', Object.assign(new Array(3), { 1: undefined })],
    ['boxed primitives', [Object('text'), Object(-0), Object(false), Object(5n)]],
    ['an empty Buffer', Buffer.alloc(0)],
    ['all element types', [1, 2, 4, 8].map(() => allViews())],
    ['NaN with a payload', new Float32Array(new Uint8Array([1, 0, 0xc0, 0x7f]).buffer)],
    [
      'a Map with objects as keys',
      new Map<unknown, unknown>([
        [{ a: 1 }, new Map()],
        [Number.NaN, -0],
      ]),
    ],
    [
      'keys of Object.prototype',
      JSON.parse('{"__proto__":{"a":1},"constructor":1,"toString":2,"x":[{"__proto__":3}]}'),
    ],
    [
      'them beside a tag',
      { at: new Date(1), in: JSON.parse('{"__proto__":{"a":1},"hasOwnProperty":2}') as unknown },
    ],
    ['objects that look like tags', [{ $: 'undefined' }, { $: 'ref', of: 0 }, { $: { $: 1n } }, undefined]],
    ['a tag on a null prototype', Object.assign(Object.create(null) as object, { $: 'Map', of: [] })],
    ['lone surrogates', ['\ud800', { '\udfff': undefined }]],
  ])('carries %s', (_, value) => expectSame(value));

  it('keeps a view apart from the rest of its buffer', () => {
    const view = new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2);
    expect(back(view)).toEqual(new Uint16Array([2, 3]));
    expect(back(view).buffer.byteLength).toBe(4);
    const { byteLength, buffer } = back(new DataView(new ArrayBuffer(9), 4, 2));
    expect([byteLength, buffer.byteLength]).toEqual([2, 2]);
  });

  it('gives a Buffer back as a Uint8Array where there is no Buffer', () => {
    const stored = codec.encode(entry([Buffer.from([1, 2, 250]), new Int16Array([-1, 700])]));
    const { Buffer: hidden } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, 'Buffer');
      const [bytes, numbers] = codec.decode(stored).value as [Uint8Array, Int16Array];
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect([...bytes, ...numbers]).toEqual([1, 2, 250, -1, 700]);
      const large = new Uint8Array(20_000).map((_, i) => i);
      expect(isDeepStrictEqual(back(large), large)).toBe(true);
    } finally {
      globalThis.Buffer = hidden;
    }
  });

  it('keeps repeated references the same object', () => {
    const shared = { n: 1 };
    const date = new Date(5);
    const value = back({
      a: shared,
      b: [shared, date],
      c: new Map([[shared, date]]),
      d: new Error('x', { cause: date }),
    });
    expect(value.b[0]).toBe(value.a);
    expect([...value.c.keys()][0]).toBe(value.a);
    expect(value.c.get(value.a)).toBe(value.b[1]);
    expect(value.d.cause).toBe(value.b[1]);
  });

  it('keeps equal objects that are not the same apart', () => {
    const [a, b] = back([{ n: 1 }, { n: 1 }, undefined]) as object[];
    expect(a).not.toBe(b);
  });

  it('carries cycles', () => {
    const node: Record<string, unknown> = { list: [] };
    node.self = node;
    (node.list as unknown[]).push(new Map<unknown, unknown>([[node, new Set([node])]]));
    const again = back(node);
    expect(again.self).toBe(again);
    const [map] = again.list as [Map<unknown, Set<unknown>>];
    expect(map.get(again)?.has(again)).toBe(true);
    expectSame(node);
  });

  it('carries any graph of shared objects', () => {
    const links = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 15 });
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }), links, (types, edges) => {
        const nodes = types.map(newNode);
        for (const [i, [from, to]] of edges.entries())
          link(nodes[from] as object, `k${i}`, nodes[to] as object);
        expect(identities(back(nodes))).toEqual(identities(nodes));
      }),
    );
  });

  it('never changes a prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const hostile = back(
      JSON.parse('{"__proto__":{"polluted":1},"u":{"constructor":{"prototype":{"p":1}}}}'),
    );
    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
    expect(Object.keys(hostile as object)).toEqual(['__proto__', 'u']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });

  it('rebuilds the objects of another realm in this one', () => {
    const foreign = runInContext(
      `({ list: [1, , 2], map: new Map([[1, new Set()]]), at: new Date(4), error: new RangeError('far'),
          exp: /a/g, ints: new Int32Array([1, -1]), box: Object('x'), plain: { a: [{}] } })`,
      createContext(),
    ) as Record<string, object>;
    const value = back(foreign);
    const prototypes = Object.values(value).map((part) => Object.getPrototypeOf(part) as object);
    const local = [Array, Map, Date, RangeError, RegExp, Int32Array, String, Object];
    expect(prototypes.map((prototype, i) => prototype === local[i]?.prototype)).toEqual(
      local.map(() => true),
    );
    expect(value.ints).toEqual(new Int32Array([1, -1]));
    expect(value.plain).toStrictEqual({ a: [{}] });
    expect(value.list).toHaveLength(3);
  });

  it('stores what a getter returns', () => {
    expect(
      back({
        get a() {
          return new Date(2);
        },
      }),
    ).toStrictEqual({ a: new Date(2) });
  });

  it('carries what a Proxy shows', () => {
    expect(back(new Proxy({ a: [1, 2n] }, {}))).toStrictEqual({ a: [1, 2n] });
  });

  it('carries values that are nested to the limit', () => {
    for (const wrap of [
      (v: unknown) => [v],
      (v: unknown) => new Map([[v, v]]),
      (v: unknown) => ({ v, u: undefined }),
    ]) {
      let deep: unknown = [undefined];
      for (let i = 0; i < 999; i++) deep = wrap(deep);
      expect(codec.encode(codec.decode(codec.encode(entry(deep))))).toBe(codec.encode(entry(deep)));
    }
  });
});

function platformError(): unknown {
  try {
    return new URL('not a URL');
  } catch (error) {
    return Object.assign(new TypeError('wraps'), {
      cause: Object.assign(new Error((error as Error).message), { code: 'X' }),
    });
  }
}

function withoutStack(error: Error): Error {
  Reflect.deleteProperty(error, 'stack');
  return error;
}

function allViews(): ArrayBufferView[] {
  return [
    new Int8Array([-1, 1]),
    new Uint8ClampedArray([0, 255]),
    new Uint16Array([1, 65_535]),
    new Uint32Array([1, 2 ** 32 - 1]),
    new Float32Array([0.5, -0, Number.NaN]),
    new Float64Array([Math.PI, Number.NEGATIVE_INFINITY]),
    new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n]),
    new DataView(new Uint8Array([1, 2, 3]).buffer),
  ];
}

function newNode(type: number): object {
  return [{}, [], new Map(), new Set(), new Error('node')][type] as object;
}

function link(from: object, name: string, to: object): void {
  if (Array.isArray(from)) from.push(to);
  else if (from instanceof Map) from.set(to, name);
  else if (from instanceof Set) from.add(to);
  else Object.assign(from, { [name]: to });
}

/** For every object in the order of a walk: the numbers of the objects it leads to. */
function identities(root: object): number[][] {
  const met = new Map<object, number>([[root, 0]]);
  return Array.from(met, ([object]) => {
    const parts =
      object instanceof Map
        ? [...object.keys()]
        : object instanceof Set
          ? [...object]
          : Object.values(object);
    return parts
      .filter((part): part is object => typeof part === 'object')
      .map((part) => {
        if (!met.has(part)) met.set(part, met.size);
        return met.get(part) as number;
      });
  });
}
