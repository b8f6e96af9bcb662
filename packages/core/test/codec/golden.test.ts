import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { type Entry, jsonCodec } from '@keepsake/core';

// What version 1 wrote. Every later version reads these files; none is ever changed. A new kind gets a new file:
// KEEPSAKE_UPDATE_GOLDEN=1 writes it.
const DIRECTORY = join(dirname(expect.getState().testPath as string), 'golden', 'v1');
const UPDATE = process.env.KEEPSAKE_UPDATE_GOLDEN === '1';

const shared = { n: 1 };
const cyclic: Record<string, unknown> = { name: 'loop' };
cyclic.self = cyclic;

const VALUES: Readonly<Record<string, unknown>> = {
  json: {
    text: 'é\n"\\\u2028😀',
    numbers: [0, -1.5, 1e300, 5e-324],
    flags: [true, false, null],
    nested: { a: [{}] },
  },
  'lone-surrogates': ['\ud800', '\udfff'],
  'proto-key': JSON.parse('{"__proto__":{"a":1},"constructor":2,"toJSON":3}'),
  'proto-key-tagged': JSON.parse('{"__proto__":{"a":1},"at":null}', (key, value) =>
    key === 'at' ? new Date(0) : value,
  ),
  'tag-plain': { $: 'Date', of: 1 },
  'tag-escaped': [{ $: 'Date', of: 1 }, undefined],
  undefined: undefined,
  'undefined-parts': { property: undefined, items: [undefined] },
  numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
  bigint: [0n, -(2n ** 70n)],
  date: [new Date(1_767_225_600_123), new Date(Number.NaN), new Date(-1)],
  regexp: [/a+[/"\n]/giu, Object.assign(/b/y, { lastIndex: 3 })],
  map: new Map<unknown, unknown>([
    ['a', 1],
    [{ k: 1 }, new Map([[1, undefined]])],
  ]),
  set: new Set<unknown>([1, '1', null, new Set()]),
  url: new URL('https://example.invalid/a?b=c#d'),
  'url-search-params': new URLSearchParams('a=1&a=2&b=%20'),
  'array-buffer': new Uint8Array([1, 2, 255]).buffer,
  'data-view': new DataView(new Uint8Array([0, 1, 2]).buffer),
  buffer: Buffer.from([0, 255, 128]),
  int8: new Int8Array([-1, 1]),
  uint8: new Uint8Array([0, 255]),
  'uint8-clamped': new Uint8ClampedArray([0, 255]),
  int16: new Int16Array([-2, 258]),
  uint16: new Uint16Array([1, 65_534]),
  int32: new Int32Array([-2, 16_909_060]),
  uint32: new Uint32Array([1, 4_294_967_294]),
  float32: new Float32Array([0.5, -0]),
  float64: new Float64Array([Math.PI, Number.NEGATIVE_INFINITY]),
  'big-int64': new BigInt64Array([-2n]),
  'big-uint64': new BigUint64Array([2n ** 64n - 2n]),
  error: still(
    Object.assign(new RangeError('far', { cause: still(new Error('further')) }), { code: 'E_FAR' }),
  ),
  'aggregate-error': still(new AggregateError([still(new TypeError('one')), 'two'], 'both')),
  'error-classes': [SyntaxError, ReferenceError, EvalError, URIError].map((Type) => still(new Type('x'))),
  boxed: [Object(1), Object('text'), Object(true), Object(2n)],
  'null-prototype': Object.assign(Object.create(null) as object, { a: 1, $: 2 }),
  holes: Object.assign([], { 1: 'one', 3: undefined }),
  'array-properties': Object.assign(['item'], { index: 4 }),
  repeated: [shared, { again: shared }],
  cycle: cyclic,
};

const ENTRIES: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(
    Object.entries(VALUES).map(([name, value]) => [
      name,
      { value, createdAt: 1_767_225_600_000, staleAt: 1_767_225_900_000, expiresAt: 1_767_229_200_000 },
    ]),
  ),
  'head-forever': {
    value: 1,
    createdAt: 0,
    staleAt: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
  },
  'head-fractions': { value: 1, createdAt: 1_767_225_600_000.125, staleAt: -1, expiresAt: 1e21 },
  'head-tags': { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, tags: { 'team:7': 'x1.a', 'ü\n': '' } },
  'head-load-time': { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, loadTime: 41.5 },
  'head-load-time-zero': { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, loadTime: 0 },
  'head-load-time-tags': {
    value: 1n,
    createdAt: 1,
    staleAt: Number.POSITIVE_INFINITY,
    expiresAt: 3,
    loadTime: 1e21,
    tags: { 'team:7': 'x1.a', 'a {b': '\u2028' },
  },
};

/** An error whose stack is the same on every machine. */
function still<E extends Error>(error: E): E {
  return Object.defineProperty(error, 'stack', { value: `${error}\n    at here`, enumerable: false });
}

const shown = (entry: Entry): string => inspect(entry, { depth: null, showHidden: true });
const fileOf = (name: string): string => join(DIRECTORY, `${name}.txt`);

describe('the golden files of version 1', () => {
  const codec = jsonCodec();

  beforeAll(() => {
    if (!UPDATE) return;
    mkdirSync(DIRECTORY, { recursive: true });
    for (const [name, entry] of Object.entries(ENTRIES)) writeFileSync(fileOf(name), codec.encode(entry));
  });

  it.each(Object.entries(ENTRIES))('are read: %s', (name, entry) => {
    const bytes = readFileSync(fileOf(name));
    expect(shown(codec.decode(bytes))).toBe(shown(entry));
    expect(shown(codec.decode(bytes.toString()))).toBe(shown(entry));
  });

  it.each(Object.entries(ENTRIES))('are still written byte for byte: %s', (name, entry) => {
    expect(codec.encode(entry)).toBe(readFileSync(fileOf(name), 'utf8'));
  });

  it('are all known', () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual(
      Object.keys(ENTRIES)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });
});
