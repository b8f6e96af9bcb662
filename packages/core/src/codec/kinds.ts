import { byteKinds } from './byte-kinds.js';
import { corrupt, storedList, storedObject, storedText } from './corrupt.js';
import { ERROR_TYPES, errorKind } from './error-kind.js';
import { type Kind, kind } from './kind.js';

const MAX_LENGTH = 2 ** 32 - 1;

/** Every kind of object that JSON has no form for, by the name that tags it. */
export const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    Date: kind<Date>({
      tag: (date) => (Number.isNaN(date.getTime()) ? null : date.getTime()),
      untag(stored, { made }) {
        if (stored !== null && typeof stored !== 'number') throw corrupt('a date is no number');
        return made(new Date(stored ?? Number.NaN));
      },
    }),
    RegExp: kind<RegExp>({
      tag: ({ source, flags, lastIndex }, tagging) => [source, flags, tagging.part(lastIndex, 'lastIndex')],
      untag(stored, { made, part }) {
        const [source, flags, lastIndex] = storedList(stored, 3);
        const expression = made(new RegExp(storedText(source), storedText(flags)));
        expression.lastIndex = part(lastIndex) as number;
        return expression;
      },
    }),
    Map: kind<Map<unknown, unknown>>({
      tag: (map, { part }) =>
        Array.from(map, ([key, value], i) => [
          part(key, { via: `.keys()[${i}]` }),
          part(value, { via: `.values()[${i}]` }),
        ]),
      untag(stored, { made, part }) {
        const map = made(new Map<unknown, unknown>());
        for (const pair of storedList(stored)) {
          const [key, value] = storedList(pair, 2);
          map.set(part(key), part(value));
        }
        return map;
      },
    }),
    Set: kind<Set<unknown>>({
      tag: (set, { part }) => Array.from(set, (member, i) => part(member, { via: `.values()[${i}]` })),
      untag(stored, { made, part }) {
        const set = made(new Set<unknown>());
        for (const member of storedList(stored)) set.add(part(member));
        return set;
      },
    }),
    URL: kind<URL>({
      tag: (url) => url.href,
      untag: (stored, { made }) => made(new URL(storedText(stored))),
    }),
    URLSearchParams: kind<URLSearchParams>({
      tag: (params) => params.toString(),
      untag: (stored, { made }) => made(new URLSearchParams(storedText(stored))),
    }),
    Number: boxed('number'),
    String: boxed('string'),
    Boolean: boxed('boolean'),
    BigInt: boxed('bigint'),
    /** An object literal that has a property named like our tag. */
    Object: kind<object>({
      tag: (object, { own }) => own(object, Object.keys(object)),
      untag: (stored, { made, own }) => own(made({}), storedObject(stored)),
    }),
    /** An object without a prototype. */
    null: kind<object>({
      tag: (object, { own }) => own(object, Object.keys(object)),
      untag: (stored, { made, own }) => own(made(Object.create(null) as object), storedObject(stored)),
    }),
    /** An array with holes, or with properties beside its items. */
    Array: kind<unknown[]>({
      tag: (array, { own }) => [array.length, own(array, Object.keys(array))],
      untag(stored, { made, own }) {
        const [length, items] = storedList(stored, 2);
        if (!Number.isInteger(length) || !isWithin(length as number)) throw corrupt('an array has no length');
        const array = made([] as unknown[]);
        array.length = length as number;
        own(array, storedObject(items));
        if (array.length !== length) throw corrupt('an array is longer than it was');
        return array;
      },
    }),
    ...byteKinds,
    ...Object.fromEntries(ERROR_TYPES.map((type) => [type, errorKind(type)])),
  } satisfies Record<string, Kind>),
);

function isWithin(length: number): boolean {
  return length >= 0 && length <= MAX_LENGTH;
}

function boxed(type: 'number' | 'string' | 'boolean' | 'bigint'): Kind {
  return kind<object>({
    tag: (box, { part }) => part(box.valueOf(), { via: '.valueOf()' }),
    untag(stored, { made, part }) {
      const primitive = part(stored);
      if (typeof primitive !== type) throw corrupt('a boxed value is of another type');
      return made(Object(primitive) as object);
    },
  });
}
