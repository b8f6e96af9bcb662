import { type Awaitable, type Duration, milliseconds } from '@keepsake/core';
import { seeded } from './random.js';

/** What happens to one call: it takes effect and is answered, neither, or it takes effect and its answer is lost. */
export type Fate = 'spared' | 'refused' | 'applied';

/** What goes wrong by chance. */
export interface Mishaps<O extends string> {
  readonly failure?: number | Readonly<Partial<Record<O, number>>>;
  readonly delay?: Duration;
  readonly seed?: number;
}

/** Decides what goes wrong, call by call. Knows nothing of backends. */
export class FaultPlan<O extends string> {
  dropsWrites = false;
  readonly calls: Record<O, number>;
  readonly #operations: readonly O[];
  readonly #random: () => number;
  #failure: Mishaps<O>['failure'];
  #isDown = false;
  readonly #scripted = new Map<O, Fate[]>();
  readonly #delays = new Map<O, number>();
  readonly #hanging = new Set<O>();
  #waiting: (() => void)[] = [];

  constructor(operations: readonly O[], mishaps: Mishaps<O>) {
    this.#operations = operations;
    this.#random = seeded(mishaps.seed ?? 1);
    this.#failure = mishaps.failure;
    this.calls = Object.fromEntries(operations.map((one) => [one, 0])) as Record<O, number>;
    if (mishaps.delay !== undefined) this.slow(milliseconds(mishaps.delay, 'delay'));
  }

  count(operation: O): void {
    this.calls[operation]++;
  }

  outage(isDown: boolean): void {
    this.#isDown = isDown;
  }

  script(operation: O, times: number, fate: Fate): void {
    const fates = this.#scripted.get(operation) ?? [];
    this.#scripted.set(operation, [...fates, ...Array<Fate>(times).fill(fate)]);
  }

  slow(by: number, operation?: O): void {
    for (const one of operation ? [operation] : this.#operations) this.#delays.set(one, by);
  }

  hang(operation?: O): void {
    for (const one of operation ? [operation] : this.#operations) this.#hanging.add(one);
  }

  resume(): void {
    this.#hanging.clear();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  calm(): void {
    this.#isDown = false;
    this.dropsWrites = false;
    this.#failure = undefined;
    this.#scripted.clear();
    this.#delays.clear();
    this.resume();
  }

  /** Whether nothing can go wrong with a call of `operation` now. */
  isCalm(operation: O): boolean {
    const scripted = this.#scripted.get(operation)?.length ?? 0;
    const busy = this.#isDown || this.#hanging.has(operation) || scripted > 0;
    return !busy && this.delayOf(operation) === 0 && this.#likelihoodOf(operation) === 0;
  }

  delayOf(operation: O): number {
    return this.#delays.get(operation) ?? 0;
  }

  /** When a call of `operation` no longer hangs. */
  passage(operation: O): Awaitable<void> {
    if (this.#hanging.has(operation)) return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What becomes of the call of `operation` that arrives now. */
  fateOf(operation: O): Fate {
    if (this.#isDown) return 'refused';
    const scripted = this.#scripted.get(operation)?.shift();
    if (scripted) return scripted;
    const likelihood = this.#likelihoodOf(operation);
    return likelihood > 0 && this.#random() < likelihood ? 'refused' : 'spared';
  }

  #likelihoodOf(operation: O): number {
    const failure = this.#failure;
    return (typeof failure === 'object' ? failure[operation] : failure) ?? 0;
  }
}
