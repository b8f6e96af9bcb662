import fc from 'fast-check';
import { littleEndian } from '../../src/codec/byte-kinds.js';
import { jsonCodec } from '../../src/codec/json-codec.js';
import type { Entry } from '../../src/contract/entry.js';
import { CacheSerializationError } from '../../src/errors.js';

const codec = jsonCodec();
const encode = (entry: Entry): string => codec.encode(entry) as string;
const HEAD = 'K1p 1 2 3\n';
const TAGGED = 'K1t 1 2 3\n';

/** What `decode` makes of `data`; nothing if it refuses it as it should. */
function decoded(data: unknown): Entry | undefined {
  try {
    return codec.decode(data as string);
  } catch (error) {
    expect(error).toBeInstanceOf(CacheSerializationError);
    return undefined;
  }
}

const instant = fc.oneof(
  fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
);
const end = fc.oneof(instant, fc.constant(Number.POSITIVE_INFINITY));
const loadTime = fc.oneof(
  fc.nat(),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
);

describe('the envelope', () => {
  it('keeps instants, load time and tags exactly', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u2028', '\r', ' {', '}'));
    const tags = fc.option(fc.dictionary(text, text), { nil: undefined });
    const load = fc.option(loadTime, { nil: undefined });
    const value = fc.constantFrom(null, undefined);
    fc.assert(
      fc.property(value, instant, end, end, load, tags, (it, createdAt, staleAt, expiresAt, took, labels) => {
        const entry = {
          value: it,
          createdAt,
          staleAt,
          expiresAt,
          ...(took === undefined ? {} : { loadTime: took }),
          ...(labels ? { tags: { ...labels } } : {}),
        };
        expect(decoded(encode(entry))).toStrictEqual(entry);
        expect(decoded(Buffer.from(encode(entry)))).toStrictEqual(entry);
      }),
    );
  });

  it('writes one line of header and one line of payload', () => {
    const entry = {
      value: 'two\nlines',
      createdAt: 1,
      staleAt: 2.5,
      expiresAt: Number.POSITIVE_INFINITY,
      tags: { 'a b\n': 'x.1' },
    };
    expect(encode(entry)).toBe('K1p 1 2.5 forever {"a b\\n":"x.1"}\n"two\\nlines"\n');
    expect(decoded(encode(entry))).toStrictEqual(entry);
  });

  it('writes a load time behind the instants, and says so by a flag', () => {
    const entry = { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, loadTime: 41.5 };
    expect(encode(entry)).toBe('K1pl 1 2 3 41.5\n1\n');
    expect(encode({ ...entry, loadTime: 0, tags: { a: 'n' } })).toBe('K1pl 1 2 3 0 {"a":"n"}\n1\n');
    expect(encode({ ...entry, value: undefined })).toBe('K1tl 1 2 3 41.5\n{"$":"undefined"}\n');
    expect(encode({ ...entry, loadTime: undefined } as unknown as Entry)).toBe('K1p 1 2 3\n1\n');
  });

  it('gives no load time to an entry that was written without one', () => {
    expect(decoded(`${HEAD}1\n`)).toStrictEqual({ value: 1, createdAt: 1, staleAt: 2, expiresAt: 3 });
    expect(decoded('K1p 1 2 3 {"7":"n"}\n1\n')).not.toHaveProperty('loadTime');
  });

  it('takes a line break of another kind in a tag as a part of it', () => {
    const tags = { 'a\u2028b\u2029\r': '\u0085' };
    const entry = { value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, tags };
    expect(decoded(encode(entry))).toStrictEqual(entry);
    expect(decoded(encode({ ...entry, loadTime: 4 }))).toStrictEqual({ ...entry, loadTime: 4 });
  });

  it('takes a tag named __proto__ as a tag', () => {
    const tags = JSON.parse('{"__proto__":"n"}') as Record<string, string>;
    const entry = decoded(encode({ value: 1, createdAt: 1, staleAt: 2, expiresAt: 3, tags }));
    expect(Object.entries(entry?.tags ?? {})).toEqual([['__proto__', 'n']]);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '42'],
    ['a list', '[]'],
    ['an object', '{"value":1}'],
    ['undefined', undefined],
    ['no text', 42],
    ['no text but null', null],
    ['a line break', '\n'],
    ['garbage', '\u0000\uffff\ud800'],
    ['no payload', HEAD],
    ['an empty payload', `${HEAD}\n`],
    ['no end', `${HEAD}1`],
    ['two payloads', `${HEAD}1\n2\n`],
    ['something in front', ` ${HEAD}1\n`],
    ['a byte order mark in front', Buffer.from(`\ufeff${HEAD}1\n`)],
    ['an older version', HEAD.replace('1', '0').concat('1\n')],
    ['a newer version', HEAD.replace('1', '2').concat('1\n')],
    ['a version in other digits', HEAD.replace('1', '01').concat('1\n')],
    ['an unknown flag', HEAD.replace('p', 'pz').concat('1\n')],
    ['an instant too few', 'K1p 1 2\n1\n'],
    ['an instant that is no number', 'K1p 1 2 x\n1\n'],
    ['an instant in other digits', 'K1p 1 2 0x3\n1\n'],
    ['an empty instant', 'K1p 1  3\n1\n'],
    ['NaN', 'K1p NaN 2 3\n1\n'],
    ['Infinity', 'K1p 1 2 Infinity\n1\n'],
    ['tags that are no JSON', 'K1p 1 2 3 {\n1\n'],
    ['tags in a list', 'K1p 1 2 3 []\n1\n'],
    ['a nonce that is no text', 'K1p 1 2 3 {"a":1}\n1\n'],
    ['a load time without its flag', 'K1p 1 2 3 4\n1\n'],
    ['a load time without its flag, before tags', 'K1p 1 2 3 4 {"a":"n"}\n1\n'],
    ['the flag of a load time without one', 'K1pl 1 2 3\n1\n'],
    ['the flag of a load time without one, before tags', 'K1pl 1 2 3 {"a":"n"}\n1\n'],
    ['the flag of a load time before the form', 'K1lp 1 2 3 4\n1\n'],
    ['the flag of a load time without a form', 'K1l 1 2 3 4\n1\n'],
    ['the flag of a load time twice', 'K1pll 1 2 3 4\n1\n'],
    ['two forms', 'K1pt 1 2 3\n1\n'],
    ['two load times', 'K1pl 1 2 3 4 5\n1\n'],
    ['a load time behind the tags', 'K1pl 1 2 3 {"a":"n"} 4\n1\n'],
    ['an empty load time', 'K1pl 1 2 3  {"a":"n"}\n1\n'],
    ['empty tags behind a load time', 'K1pl 1 2 3 4 \n1\n'],
    ['a load time for ever', 'K1pl 1 2 3 forever\n1\n'],
    ['a load time of Infinity', 'K1pl 1 2 3 Infinity\n1\n'],
    ['a load time of NaN', 'K1pl 1 2 3 NaN\n1\n'],
    ['a load time below 0', 'K1pl 1 2 3 -1\n1\n'],
    ['a load time of -0', 'K1pl 1 2 3 -0\n1\n'],
    ['a load time in other digits', 'K1pl 1 2 3 4.0\n1\n'],
    ['bytes that are no UTF-8', Buffer.from(`${HEAD}"\xff"\n`, 'latin1')],
    ['a truncated payload', `${HEAD}{"a":\n`],
    ['a value that is no JSON', `${HEAD}undefined\n`],
    ['an unknown kind', `${TAGGED}{"$":"WeakMap"}\n`],
    ['a kind from Object.prototype', `${TAGGED}{"$":"constructor"}\n`],
    ['a tag that is no text', `${TAGGED}{"$":1}\n`],
    ['a reference to nothing', `${TAGGED}{"$":"ref","of":0}\n`],
    ['a reference by name', `${TAGGED}[{"$":"ref","of":"length"}]\n`],
    ['a reference behind', `${TAGGED}[{"$":"ref","of":-1}]\n`],
    ['a bigint that is none', `${TAGGED}{"$":"bigint","of":"0x10"}\n`],
    ['an empty bigint', `${TAGGED}{"$":"bigint","of":""}\n`],
    ['a date in words', `${TAGGED}{"$":"Date","of":"now"}\n`],
    ['a Map that is no list', `${TAGGED}{"$":"Map","of":{}}\n`],
    ['a Map of single items', `${TAGGED}{"$":"Map","of":[[1]]}\n`],
    ['a Set that is no list', `${TAGGED}{"$":"Set"}\n`],
    ['a RegExp that is none', `${TAGGED}{"$":"RegExp","of":["(","",0]}\n`],
    ['a URL that is none', `${TAGGED}{"$":"URL","of":"secret"}\n`],
    ['bytes that are not base64', `${TAGGED}{"$":"Uint8Array","of":"a_b="}\n`],
    ['half an element', `${TAGGED}{"$":"Int32Array","of":"AAE="}\n`],
    ['an array without a length', `${TAGGED}{"$":"Array","of":[-1,{}]}\n`],
    ['an array longer than its length', `${TAGGED}{"$":"Array","of":[1,{"5":1}]}\n`],
    ['a boxed value of another type', `${TAGGED}{"$":"Number","of":"1"}\n`],
    ['an object that is a list', `${TAGGED}{"$":"Object","of":[]}\n`],
    ['an error with more hidden than there is', `${TAGGED}{"$":"Error","of":[{"toString":1},{}]}\n`],
    ['tags nested without end', `${TAGGED}${'['.repeat(5000)}${']'.repeat(5000)}\n`],
  ])('refuses %s', (_, data) => {
    expect(decoded(data)).toBeUndefined();
  });

  it('names the version that it cannot read', () => {
    expect(() => codec.decode('K7p 1 2 3\n1\n')).toThrow('it has version 7, this is version 1');
  });

  it('quotes nothing of what is stored', () => {
    for (const data of [
      `${HEAD}hunter2\n`,
      `${TAGGED}{"$":"URL","of":"hunter2"}\n`,
      'K1p 1 2 3 hunter2\n1\n',
      'K1pl 1 2 3 hunter2\n1\n',
    ]) {
      expect.assertions(8);
      try {
        codec.decode(data);
      } catch (error) {
        expect((error as Error).message).not.toContain('hunter2');
        expect((error as Error).cause).toBeUndefined();
      }
    }
  });

  const samples = [
    { a: [1, 'two', null], b: { c: true } },
    [new Date(1), new Map([[1n, undefined]]), /a/g, new URL('https://example.invalid/'), new Uint8Array(5)],
    { e: new AggregateError([new TypeError('x')], 'y'), s: new Set([Object.assign([1], { 2: 3 })]) },
    42,
  ].flatMap((value) => {
    const entry = { value, createdAt: 1, staleAt: 2, expiresAt: 3, tags: { t: 'n' } };
    return [encode(entry), encode({ ...entry, loadTime: 20.25 })];
  });

  it('refuses an entry that is cut off anywhere', () => {
    for (const text of samples) {
      for (let length = 0; length < text.length; length++) {
        expect(decoded(text.slice(0, length))).toBeUndefined();
        expect(decoded(Buffer.from(text).subarray(0, length))).toBeUndefined();
      }
    }
  });

  it('throws nothing but CacheSerializationError, whatever is flipped', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.constantFrom(...samples), flips, (text, changes) => {
        const bytes = Buffer.from(text);
        for (const [at, mask] of changes)
          bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ mask, at % bytes.length);
        decoded(bytes);
        decoded(bytes.toString('latin1'));
      }),
      { numRuns: 5000 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });

  it('throws nothing but CacheSerializationError, whatever JSON carries a tagged flag', () => {
    const name = fc.constantFrom('$', 'of', '__proto__', 'a', '0');
    const tag = fc.constantFrom(
      'ref',
      'Map',
      'Set',
      'Array',
      'Error',
      'Object',
      'null',
      'Date',
      'Buffer',
      'Number',
      'x',
    );
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(tag, fc.nat(4), fc.constant(null)),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(name, tie('node'), { maxKeys: 3 }),
        fc.record({ $: tag, of: tie('node') }),
      ),
    }));
    fc.assert(
      fc.property(node, (stored) => void decoded(`${TAGGED}${JSON.stringify(stored)}\n`)),
      { numRuns: 3000 },
    );
  });
});

describe('littleEndian', () => {
  it('turns the bytes of each element on a platform of the other order', () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...littleEndian(bytes, 4, false)]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
    expect(littleEndian(bytes, 1, false)).toBe(bytes);
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
