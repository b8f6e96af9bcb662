import { type ContractCase, cases } from './contract-case.js';
import type { Trial } from './trial.js';

/** Values that JSON carries: every backend keeps them. */
const JSON_VALUES: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  false: () => false,
  0: () => 0,
  'the empty string': () => '',
  'an empty array and an empty object': () => [[], {}],
  'a string with every kind of character': () => '\0\n"\\\u2028\ud83d\ude00é\u0001',
  'fractions and large numbers': () => [0.1, 1e308, -1e-308, Number.MAX_SAFE_INTEGER],
  'nested objects': () => ({ a: [{ b: { c: [1, [2, [3]]] } }], d: null }),
  'an object that looks like an entry': () => ({
    value: 1,
    createdAt: 2,
    staleAt: 3,
    expiresAt: 4,
    tags: { a: 'n' },
  }),
  'a long string': () => 'keepsake '.repeat(20_000),
};

/** Values that JSON loses: a backend keeps them too, unless it is known to carry JSON alone; then it refuses them. */
const RICH_VALUES: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  'undefined properties and items': () => ({ a: undefined, b: [undefined] }),
  '-0': () => [-0, 0],
  'NaN and both infinities': () => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  'a BigInt': () => [0n, -(2n ** 70n)],
  'a Date': () => ({ at: new Date(1_700_000_000_123), text: new Date(1_700_000_000_123).toJSON() }),
  'a Map': () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [{ k: 1 }, new Map([[1, 2]])],
      [1, 'one'],
      ['1', 'text'],
    ]),
  'a Set': () => new Set<unknown>([1, '1', null, undefined, new Set([2])]),
  'typed arrays': () => [
    new Uint8Array([1, 2, 255]),
    new Float64Array([0.5, -0, Number.NaN]),
    new Int16Array(0),
  ],
  'a Buffer': () => globalThis.Buffer?.from([0, 255, 128]) ?? new Uint8Array([0, 255, 128]),
  'an ArrayBuffer': () => new Uint8Array([1, 2, 3]).buffer,
  'a RegExp': () => /a+[\]/"]/giu,
  'a URL': () => new URL('https://example.invalid/a?b=c#d'),
  'an Error with its cause': () => new RangeError('far', { cause: new Error('further') }),
  'an own __proto__': () => JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as unknown,
  'repeated references': () => {
    const shared = { n: 1 };
    return { first: shared, second: shared };
  },
  'objects that look like the marks of a codec': () => [
    { $type: 'Date', value: 1 },
    { $: 'undefined' },
    ['$', 'Map', []],
  ],
};

/** Values that a backend may keep or refuse, as long as nobody ever reads something else. */
const ODD_VALUES: Readonly<Record<string, () => unknown>> = {
  'a class instance': () => new Money(),
  'a function': () => ({ total: () => 1 }),
  'a symbol': () => [Symbol('s')],
  'a cycle': () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    return cyclic;
  },
  'an array with holes': () => Object.assign([], { 3: 'last' }),
  'an object without a prototype': () => Object.assign(Object.create(null) as object, { a: 1 }),
  'an invalid Date': () => new Date(Number.NaN),
};

/** The same value comes back, or it is not stored. */
export const values: readonly ContractCase[] = cases('values', [], {
  ...each(JSON_VALUES, 'keeps', keeps),
  ...each(RICH_VALUES, 'keeps', (t, make) => (t.values === 'all' ? keeps(t, make) : keepsOrRefuses(t, make))),
  ...each(ODD_VALUES, 'keeps or refuses', keepsOrRefuses),
});

type Check = (t: Trial, make: () => unknown) => Promise<void>;

function each(
  kinds: Readonly<Record<string, () => unknown>>,
  verb: string,
  check: Check,
): Record<string, (t: Trial) => Promise<void>> {
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, make]) => [`${verb} ${kind}`, (t) => check(t, make)]),
  );
}

async function keeps(t: Trial, make: () => unknown): Promise<void> {
  const value = make();
  await t.set('k', value);
  await t.holds('k', value);
}

async function keepsOrRefuses(t: Trial, make: () => unknown): Promise<void> {
  const value = make();
  try {
    await t.set('k', value);
  } catch (error) {
    t.equal('the code of the refusal', (error as { code?: unknown } | null)?.code, 'CACHE_SERIALIZATION');
    await t.missing('k');
    return;
  }
  await t.holds('k', value);
}

class Money {
  readonly amount = 1;
}
