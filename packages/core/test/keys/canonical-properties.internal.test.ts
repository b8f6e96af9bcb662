import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonical } from '../../src/keys/canonical.js';
import { digest } from '../../src/keys/digest.js';

// Few distinct leaves, so that independent values are often equal, and nearly equal more often still.
const leaf = fc.constantFrom<unknown>(
  ...[
    0,
    1,
    1.5,
    1n,
    '',
    '0',
    '1',
    'n1;',
    's1:',
    'a',
    'aa',
    '\ud800',
    '\\ud800',
    'é',
    true,
    false,
    null,
    undefined,
  ],
  ...[Number.NaN, Number.POSITIVE_INFINITY],
);
const name = fc.constantFrom('', 'a', 'b', '0', '1', '10', '__proto__', 'constructor', 'length', 'toJSON');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map(literal),
    fc.array(fc.tuple(leaf, tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.array(leaf, { maxLength: 2 }).map((members) => new Set(members)),
    fc.constantFrom(0, 1).map((at) => new Date(at)),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }).map((bytes) => new Int16Array(bytes)),
    fc.constantFrom('a', 'b').map((source) => new RegExp(source)),
  ),
}));

function literal(entries: [string, unknown][]): object {
  const object = {};
  for (const [key, held] of entries) {
    Object.defineProperty(object, key, { value: held, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** A deep copy whose properties and members come in the opposite order. */
function reversed(original: unknown): unknown {
  if (Array.isArray(original)) return original.map(reversed);
  if (original instanceof Map) {
    return new Map([...original].map(([key, held]) => [reversed(key), reversed(held)] as const).reverse());
  }
  if (original instanceof Set) return new Set([...original].map(reversed).reverse());
  if (typeof original !== 'object' || original === null) return original;
  if (Object.getPrototypeOf(original) !== Object.prototype) return structuredClone(original);
  return literal(
    Object.entries(original)
      .map(([key, held]): [string, unknown] => [key, reversed(held)])
      .reverse(),
  );
}

describe('canonical, for any value', () => {
  it('is the same for a copy in another order', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (args) => {
        expect(canonical(args.map(reversed))).toBe(canonical(args));
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same exactly if the values are deep-equal', () => {
    fc.assert(
      fc.property(value, value, (left, right) => {
        expect(canonical([left]) === canonical([right])).toBe(isDeepStrictEqual(left, right));
      }),
      { numRuns: 5000 },
    );
  });

  it('tells lists of arguments apart as it tells the lists', () => {
    const args = fc.array(leaf, { maxLength: 3 });
    fc.assert(
      fc.property(args, args, (left, right) => {
        const trimmed = (list: unknown[]) =>
          list.slice(0, list.findLastIndex((item) => item !== undefined) + 1);
        expect(canonical(left) === canonical(right)).toBe(isDeepStrictEqual(trimmed(left), trimmed(right)));
      }),
      { numRuns: 2000 },
    );
  });

  it('tells any texts and numbers apart', () => {
    const primitive = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.bigInt());
    fc.assert(
      fc.property(primitive, primitive, (left, right) => {
        const same = left === right || Object.is(left, right);
        expect(canonical([left]) === canonical([right])).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  it('is one byte sequence in UTF-8 and back, so that no two texts share a digest', () => {
    const unit = fc.integer({ min: 0xd7f0, max: 0xe010 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 4 }), (units) => {
        const text = canonical([units.join('')]);
        expect(Buffer.from(text).toString()).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('digest', () => {
  it('tells 200 000 ids apart', () => {
    const seen = new Set<string>();
    for (let id = 0; id < 50_000; id++) {
      for (const args of [[id], [String(id)], [{ id }], [id, 'x']]) seen.add(digest(args));
    }
    expect(seen.size).toBe(200_000);
  });

  it('is 64 lower-case hex digits', () => {
    expect(digest([])).toMatch(/^[0-9a-f]{64}$/);
  });
});
