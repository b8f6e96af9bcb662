import type { Step } from './walk.js';

/** Encodes a part of a value. The part is read inside, so that a reader that throws is reported under its step. */
export type EncodePart = (part: () => unknown, step: Step) => string;

/** Reads an internal slot of a kind of value, whatever realm it is from; throws for everything else. */
type Brand = (value: object) => unknown;

const slot = (prototype: object | undefined, name: PropertyKey): Brand => {
  const read = prototype && Object.getOwnPropertyDescriptor(prototype, name);
  const reader = read?.get ?? (read?.value as (() => unknown) | undefined);
  return (value) => {
    if (reader === undefined) throw new TypeError(`${String(name)} is not known here`);
    return reader.call(value);
  };
};

const typedArrayName = slot(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag);

const BRANDS: Readonly<Record<string, Brand>> = {
  Date: slot(Date.prototype, 'getTime'),
  RegExp: slot(RegExp.prototype, 'source'),
  Map: slot(Map.prototype, 'size'),
  Set: slot(Set.prototype, 'size'),
  Error: (value) => {
    if (Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error) return value;
    throw new TypeError('not an Error');
  },
  URL: slot(globalThis.URL?.prototype, 'href'),
  URLSearchParams: slot(globalThis.URLSearchParams?.prototype, 'toString'),
  ArrayBuffer: slot(ArrayBuffer.prototype, 'byteLength'),
  SharedArrayBuffer: slot(globalThis.SharedArrayBuffer?.prototype, 'byteLength'),
  DataView: slot(DataView.prototype, 'byteLength'),
  Number: slot(Number.prototype, 'valueOf'),
  String: slot(String.prototype, 'valueOf'),
  Boolean: slot(Boolean.prototype, 'valueOf'),
  BigInt: slot(BigInt.prototype, 'valueOf'),
};

/**
 * The built-in class whose internal state `value` holds, if it is one that can be read. Not fooled by
 * `Symbol.toStringTag`, nor by another realm's classes.
 */
export function kindOf(value: object): string | undefined {
  const typed = typedArrayName(value);
  if (typeof typed === 'string') return typed;
  const claimed = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (Object.hasOwn(BRANDS, claimed) && isOf(claimed, value)) return claimed;
  // Only a class with a tag of its own can hide what it extends.
  return Symbol.toStringTag in value ? Object.keys(BRANDS).find((kind) => isOf(kind, value)) : undefined;
}

function isOf(kind: string, value: object): boolean {
  try {
    BRANDS[kind]?.(value);
    return true;
  } catch {
    return false;
  }
}

/** The encoded internal state of `value`, which is of `kind`. */
export function internals(value: object, kind: string, encode: EncodePart): string {
  switch (kind) {
    case 'Map':
      return members(
        Array.from(Map.prototype.entries.call(value as Map<unknown, unknown>), mapEntry(encode)),
      );
    case 'Set':
      return members(Array.from(Set.prototype.values.call(value as Set<unknown>), setMember(encode)));
    case 'RegExp':
      return ['source', 'flags', 'lastIndex'].map(property(value, encode)).join('');
    case 'Error':
      return ['name', 'message'].map(property(value, encode)).join('') + hidden(value, encode);
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      return bytes(new Uint8Array(value as ArrayBuffer));
    default:
      return ArrayBuffer.isView(value)
        ? elements(value, encode)
        : encode(() => BRANDS[kind]?.(value), { via: '' });
  }
}

// Maps and Sets are equal whatever the order of their members, so their codes are sorted.
function members(codes: string[]): string {
  return `${codes.length};${codes.sort().join('')}`;
}

function mapEntry(encode: EncodePart): (entry: [unknown, unknown], index: number) => string {
  return ([key, value], index) =>
    encode(() => key, { via: `.keys()[${index}]` }) + encode(() => value, { via: `.values()[${index}]` });
}

function setMember(encode: EncodePart): (member: unknown, index: number) => string {
  return (member, index) => encode(() => member, { via: `.values()[${index}]` });
}

function property(value: object, encode: EncodePart): (name: string) => string {
  return (name) => encode(() => (value as Record<string, unknown>)[name], name);
}

// What the platform itself puts on an error, without making it enumerable.
function hidden(value: object, encode: EncodePart): string {
  const names = ['cause', 'errors'].filter((name) => {
    const own = Object.getOwnPropertyDescriptor(value, name);
    return own !== undefined && !own.enumerable;
  });
  return `${names.length};${names.map((name) => name + property(value, encode)(name)).join('')}`;
}

function elements(view: ArrayBufferView, encode: EncodePart): string {
  if (!('length' in view) || view.byteLength === view.length) {
    return bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
  // As numbers, not as bytes: the order of bytes is the platform's.
  return encode(() => Array.prototype.join.call(view, ','), { via: '' });
}

const CHUNK = 8192;

function bytes(content: Uint8Array): string {
  let text = `${content.length}:`;
  for (let start = 0; start < content.length; start += CHUNK) {
    text += String.fromCharCode(...content.subarray(start, start + CHUNK));
  }
  return text;
}
