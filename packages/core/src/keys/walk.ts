import { CacheKeyError } from '../errors.js';

/** How deep arguments may nest: far more than a call needs, far less than the stack holds. */
const MAX_DEPTH = 1000;
/** How many values arguments may hold in all: shared references can double the work with every level. */
const MAX_VALUES = 1_000_000;
/** How many steps of a path an error shows at each end. */
const SHOWN_STEPS = 8;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const ADVICE = "Leave it out with 'omit', or say what identifies the call with 'key'.";

/** No step yet: what is looked at is the object entered last, as a whole. */
const INSIDE: Step = { via: '' };

/** One step of a path: an index, a property name, or what reaches into a Map or a Set. */
export type Step = number | string | { readonly via: string };

/** Where the encoding of one call's arguments stands: its path, and the bounds it must not cross. */
export class Walk {
  readonly #omit: readonly string[] | undefined;
  readonly #parents: object[] = [];
  readonly #steps: Step[] = [];
  #values = 0;

  constructor(omit?: readonly string[]) {
    this.#omit = omit;
  }

  /** Names the part that is looked at next, before it is read: reading may throw. */
  at(step: Step): void {
    this.#steps[this.#parents.length] = step;
  }

  /**
   * Goes into `parent`.
   *
   * @throws CacheKeyError if it is its own ancestor, or lies too deep
   */
  enter(parent: object): void {
    if (this.#parents.includes(parent)) throw this.refuse('contains itself');
    if (this.#parents.length >= MAX_DEPTH) throw this.refuse(`is nested more than ${MAX_DEPTH} levels deep`);
    this.#steps[this.#parents.push(parent)] = INSIDE;
  }

  leave(): void {
    this.#parents.pop();
  }

  /**
   * Counts values in.
   *
   * @throws CacheKeyError beyond the bound
   */
  count(values: number): void {
    this.#values += values;
    if (this.#values > MAX_VALUES) throw this.refuse(`is too large: over ${MAX_VALUES} values in all`);
  }

  /** The property names that are left out of the object entered last: only an argument itself loses some. */
  get omitted(): readonly string[] | undefined {
    return this.#parents.length === 1 ? this.#omit : undefined;
  }

  /** The error for the part looked at: `reason` completes a sentence that starts with its path. */
  refuse(reason: string): CacheKeyError {
    return new CacheKeyError(`${this.#path()} ${reason}: no key can be made of it. ${ADVICE}`);
  }

  /** The error for whatever was thrown while the part was read. */
  failure(thrown: unknown): CacheKeyError {
    if (thrown instanceof CacheKeyError) return thrown;
    return new CacheKeyError(`${this.#path()} cannot be read: no key can be made of it. ${ADVICE}`, {
      cause: thrown,
    });
  }

  #path(): string {
    const steps = this.#steps.slice(0, this.#parents.length + 1);
    if (steps.length <= 2 * SHOWN_STEPS) return `args${steps.map(rendered).join('')}`;
    const first = steps.slice(0, SHOWN_STEPS).map(rendered).join('');
    return `args${first}…${steps.slice(-SHOWN_STEPS).map(rendered).join('')}`;
  }
}

function rendered(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return step.via;
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
