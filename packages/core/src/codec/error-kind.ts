import { corrupt, storedList, storedObject, storedText } from './corrupt.js';
import { type Kind, kind } from './kind.js';

/** The error classes of the language. What extends them is a class of its own, and refused as such. */
export const ERROR_TYPES = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
] as const;

/** What the platform itself puts on an error, without making it enumerable. */
const HIDDEN = ['stack', 'message', 'cause', 'errors', 'name'];

/** An error of class `type`: its enumerable properties and the hidden ones, each as it was. */
export function errorKind(type: (typeof ERROR_TYPES)[number]): Kind {
  return kind<Error>({
    tag: (error, tagging) => [
      tagging.own(error, HIDDEN.filter(isHidden(error))),
      tagging.own(error, Object.keys(error)),
    ],
    untag(stored, untagging) {
      const [hidden, shown] = storedList(stored, 2).map(storedObject) as [Properties, Properties];
      const error = untagging.made(bare(type));
      for (const [name, part] of Object.entries(hidden)) {
        if (!HIDDEN.includes(name)) throw corrupt(`an error hides a property that none has`);
        if (name === 'stack') storedText(part);
        const value = untagging.part(part);
        Object.defineProperty(error, name, { value, enumerable: false, configurable: true, writable: true });
      }
      return untagging.own(error, shown);
    },
  });
}

type Properties = Record<string, unknown>;

function isHidden(error: Error): (name: string) => boolean {
  return (name) => {
    const own = Object.getOwnPropertyDescriptor(error, name);
    if (own) return !own.enumerable && (name !== 'stack' || typeof error.stack === 'string');
    // On some platforms the prototype computes it.
    return name === 'stack' && typeof error.stack === 'string';
  };
}

/** An error without properties: not even the stack of the place where it is made. */
function bare(type: (typeof ERROR_TYPES)[number]): Error {
  const error = type === 'AggregateError' ? new AggregateError([]) : new globalThis[type]();
  for (const name of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, name);
  return error;
}
