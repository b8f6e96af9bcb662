import { builtinClass, classNameOf, isClassPrototype } from './builtin.js';
import type { Tagging } from './kind.js';
import { kinds } from './kinds.js';
import { put } from './own-property.js';
import { MAX_DEPTH } from './plain-json.js';
import { type Step, ValuePath } from './value-path.js';

/** The property that marks an object of the tagged form: its value names the kind, `of` holds the content. */
export const TAG = '$';

/** A stored object that is not meant literally. */
export interface Tagged {
  readonly [TAG]: string;
  readonly of?: unknown;
}

/**
 * `value` in a form that JSON carries without loss: what JSON has no form for becomes `{ $: kind, of: content }`, an
 * object met before becomes `{ $: 'ref', of: n }`, the n-th object of a walk in order, and an object literal with
 * a property `$` of its own is wrapped like any other kind.
 *
 * @throws CacheSerializationError that names the path of what cannot be carried
 */
export function tagged(value: unknown): unknown {
  const path = new ValuePath();
  try {
    return new Tagger(path).tag(value);
  } catch (thrown) {
    throw path.failure(thrown);
  }
}

class Tagger implements Tagging {
  readonly #path: ValuePath;
  readonly #seen = new Map<object, number>();

  constructor(path: ValuePath) {
    this.#path = path;
  }

  // Bound, since kinds take them apart.
  readonly part = (value: unknown, step: Step): unknown => {
    this.#path.push(step);
    const stored = this.tag(value);
    this.#path.pop();
    return stored;
  };

  readonly own = (object: object, keys: readonly string[]): Record<string, unknown> => {
    const stored = {};
    for (const key of keys) {
      this.#path.push(key);
      put(stored, key, this.tag((object as Record<string, unknown>)[key]));
      this.#path.pop();
    }
    return stored;
  };

  tag(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : numberTag(value);
      case 'undefined':
        return { [TAG]: 'undefined' };
      case 'bigint':
        return { [TAG]: 'bigint', of: String(value) };
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        throw this.#path.refuse(`is a ${typeof value}`);
    }
  }

  #object(value: object): unknown {
    const met = this.#seen.get(value);
    if (met !== undefined) return { [TAG]: 'ref', of: met };
    this.#seen.set(value, this.#seen.size);
    if (this.#path.depth > MAX_DEPTH) {
      throw this.#path.refuse(`is nested more than ${MAX_DEPTH} levels deep`);
    }
    const kind = this.#kindOf(value);
    if (kind === undefined) return this.own(value, Object.keys(value));
    if (kind === 'Array' && isDense(value as unknown[])) return this.#items(value as unknown[]);
    return { [TAG]: kind, of: kinds.get(kind)?.tag(value, this) };
  }

  /** The kind that `value` is stored as, nothing if it is stored literally. */
  #kindOf(value: object): string | undefined {
    const symbols = Object.getOwnPropertySymbols(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    const kind = Array.isArray(value)
      ? this.#arrayKind(value, prototype)
      : symbols.length === 0 && prototype === Object.prototype
        ? literalKind(value)
        : this.#rareKind(value, prototype);
    this.#refuseSymbols(value, symbols);
    return kind;
  }

  #arrayKind(array: unknown[], prototype: object | null): string {
    if (prototype !== null && isClassPrototype('Array', prototype)) return 'Array';
    throw this.#path.refuse(`is an instance of ${classNameOf(array)}`);
  }

  #rareKind(value: object, prototype: object | null): string | undefined {
    // Says otherwise of `arguments`, of namespaces such as `Math`, and of most classes.
    if (Object.prototype.toString.call(value) === '[object Object]') {
      if (prototype === null) return 'null';
      if (isClassPrototype('Object', prototype)) return literalKind(value);
    }
    return this.#builtin(value);
  }

  #builtin(value: object): string {
    const name = builtinClass(value);
    if (name === undefined || !kinds.has(name)) {
      throw this.#path.refuse(`is an instance of ${classNameOf(value)}`);
    }
    // The items of a view are its keys, too: counting them would cost more than storing them.
    if (ArrayBuffer.isView(value) || name.endsWith('Error')) return name;
    const characters = name === 'String' ? (value as { readonly length: number }).length : 0;
    const extra = Object.keys(value)[characters];
    if (extra === undefined) return name;
    this.#path.push(extra);
    throw this.#path.refuse(`is a property put on an instance of ${name}`);
  }

  #items(items: readonly unknown[]): unknown[] {
    const stored: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      this.#path.push(i);
      stored.push(this.tag(items[i]));
      this.#path.pop();
    }
    return stored;
  }

  #refuseSymbols(value: object, symbols: readonly symbol[]): void {
    for (const symbol of symbols) {
      if (!Object.prototype.propertyIsEnumerable.call(value, symbol)) continue;
      this.#path.push({ via: `[${String(symbol)}]` });
      throw this.#path.refuse('is a property named by a symbol');
    }
  }
}

/** An object literal is stored literally, unless it would be taken for a tag. */
function literalKind(object: object): string | undefined {
  return Object.hasOwn(object, TAG) ? 'Object' : undefined;
}

function numberTag(value: number): Tagged {
  return { [TAG]: value === 0 ? '-0' : String(value) };
}

/** Whether an array has all of its items, and nothing else. */
function isDense(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  return (
    keys.length === array.length && (keys.length === 0 || keys[keys.length - 1] === String(keys.length - 1))
  );
}
