import { CacheSerializationError } from '../errors.js';

/** How many steps of a path an error shows at each end. */
const SHOWN_STEPS = 8;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const ADVICE = 'Cache plain data instead, or keep this value in tiers that hold references.';

/** One step of a path: an index, a property name, or what reaches into a Map or a Set. */
export type Step = number | string | { readonly via: string };

/** Where in a value the walk of a codec stands. */
export class ValuePath {
  readonly #steps: Step[] = [];

  get depth(): number {
    return this.#steps.length;
  }

  /** To be called before the part is read, since reading may throw. */
  push(step: Step): void {
    this.#steps.push(step);
  }

  pop(): void {
    this.#steps.pop();
  }

  /** The error for the part that the path names: `reason` completes a sentence that starts with it. */
  refuse(reason: string): CacheSerializationError {
    return new CacheSerializationError(
      `${this.#rendered()} ${reason}: it cannot be stored without loss. ${ADVICE}`,
    );
  }

  /** The error for whatever was thrown while the part was read. */
  failure(thrown: unknown): CacheSerializationError {
    if (thrown instanceof CacheSerializationError) return thrown;
    return new CacheSerializationError(`${this.#rendered()} cannot be read. ${ADVICE}`, { cause: thrown });
  }

  #rendered(): string {
    const steps = this.#steps;
    if (steps.length <= 2 * SHOWN_STEPS) return `value${steps.map(rendered).join('')}`;
    const first = steps.slice(0, SHOWN_STEPS).map(rendered).join('');
    return `value${first}…${steps.slice(-SHOWN_STEPS).map(rendered).join('')}`;
  }
}

function rendered(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return step.via;
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
