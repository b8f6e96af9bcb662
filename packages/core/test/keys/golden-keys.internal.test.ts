import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callKey } from '../../src/keys/call-key.js';
import { canonical } from '../../src/keys/canonical.js';
import { digest, hashArgs } from '../../src/keys/digest.js';
import { sha256 as node } from '../../src/keys/sha256.node.js';
import { sha256 as web } from '../../src/keys/sha256.web.js';

class Point {
  x = 1;
  y = 2;
}

// Stored keys outlive a release: a digest that changes here empties every cache that is in use.
const ARGS: Record<string, readonly unknown[]> = {
  'no arguments': [],
  text: ['42'],
  'text beyond ASCII': ['Grüße, 世界 😀'],
  'a lone surrogate': ['\ud83d'],
  numbers: [0, -1.5, 1e21, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY],
  'true, false, null, undefined, bigint': [true, false, null, undefined, 123n],
  'an object': [{ id: 1, opts: { lang: 'de', tags: ['a', 'b'] } }],
  'a list with a hole': [Object.assign(new Array(3), { 1: 'x' })],
  dates: [new Date(Date.UTC(2020, 1, 29)), new Date(Number.NaN)],
  'a RegExp': [/^a+$/giu],
  'a URL': [new URL('https://example.test/a?b=c#d'), new URLSearchParams('a=1&b=%20')],
  'a Map and a Set': [
    new Map<unknown, unknown>([
      ['b', 1],
      [{ k: 1 }, [2]],
    ]),
    new Set([3, '3']),
  ],
  bytes: [
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
    new ArrayBuffer(2),
    new DataView(new ArrayBuffer(1)),
  ],
  'wide views': [new Uint32Array([1, 2 ** 31]), new Float64Array([0.1, -0]), new BigInt64Array([-1n])],
  errors: [new RangeError('bad', { cause: new Error('why') }), new AggregateError([1], 'all')],
  'boxed values': [Object(1), Object('a'), Object(false), Object(2n)],
  'an instance of a class': [new Point()],
};
const file = join(__dirname, 'golden-keys.json');
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;

describe('keys of earlier releases', () => {
  it.each(Object.entries(ARGS))('are still made of %s, in Node and in a browser', (name, args) => {
    expect(digest(args)).toBe(golden[name]);
    expect(node(canonical(args))).toBe(golden[name]);
    expect(web(canonical(args))).toBe(golden[name]);
  });

  it('are all listed', () => {
    expect(Object.keys(golden)).toEqual(Object.keys(ARGS));
  });

  it('have their readable part as it was', () => {
    const parts = { id: 'Users.find', version: 2, scope: ['team:7', 0, ''] };
    expect(callKey(parts, golden.text ?? '')).toBe(`Users.find@2:team%3A7:0::${golden.text}`);
  });

  it('are what hashArgs says', () => {
    expect(hashArgs('42')).toBe(golden.text);
  });
});
