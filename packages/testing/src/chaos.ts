import {
  type Awaitable,
  type Backend,
  CacheConfigError,
  CacheConnectionError,
  type Clock,
  capabilities,
  chain,
  type Duration,
  milliseconds,
  type Overrides,
  systemClock,
  wrap,
} from '@keepsake/core';
import { type Fate, FaultPlan } from './fault-plan.js';

/** A method of a backend that can be made to fail. */
export type Operation = Exclude<keyof Backend, 'name' | 'local' | 'pin' | 'bus'>;

/** What goes wrong by itself. */
export interface ChaosOptions {
  /** How likely an operation fails: one number from 0 to 1 for all, or one per operation. @default 0 */
  readonly failure?: number | Readonly<Partial<Record<Operation, number>>>;
  /** How long every operation takes before it begins. @default none, and what was synchronous stays so */
  readonly delay?: Duration;
  /** Chooses the run: one seed, one order of failures. @default 1 */
  readonly seed?: number;
  /** The clock that delays go by. @default systemClock */
  readonly clock?: Clock;
  /** Hides `local` and `pin`, so that a backend in memory is treated as one behind a network. @default false */
  readonly remote?: boolean;
}

/** What a test makes go wrong. Every control holds until it is taken back. */
export interface ChaosControls {
  /** Every operation is refused with a `CacheConnectionError`, and nothing happens inside. */
  down(): void;
  /** Ends `down`. */
  up(): void;
  /** The next `times` calls of `operation` fail; with `'applied'` they take effect, and only their answer is lost. */
  fail(operation: Operation, times?: number, effect?: 'applied'): void;
  /** Operations (or one of them) are not answered; they wait. */
  hang(operation?: Operation): void;
  /** Lets everything go on that hangs, in the order in which it was asked, late as it is. */
  resume(): void;
  /** How long operations (or one of them) take before they begin; `0` for none. */
  delay(by: Duration, operation?: Operation): void;
  /** Whether writes answer as if they had happened, and do not. */
  dropWrites(on: boolean): void;
  /** How often each operation was asked for. */
  readonly calls: Readonly<Record<Operation, number>>;
  /** Takes every fault back, those of the options too. */
  calm(): void;
}

/** A backend on which things go wrong. */
export type Chaos = Backend & { readonly controls: ChaosControls };

const OPERATIONS: readonly Operation[] = ['get', 'set', 'delete', 'clear', 'keys', ...capabilities].filter(
  (method): method is Operation => method !== 'pin' && method !== 'bus',
);

/** What a write answers that did not happen. */
const EMPTY_ANSWERS: Readonly<Partial<Record<Operation, (...args: never[]) => unknown>>> = {
  set: () => undefined,
  clear: () => undefined,
  setMany: () => undefined,
  release: () => false,
  delete: () => true,
  touch: () => true,
  setIf: () => true,
  fill: () => true,
  deleteMany: (keys: readonly string[]) => keys.map(() => true),
};

/**
 * `inner`, on which things go wrong: by chance, that a seed decides, or when the test says so.
 *
 * @throws CacheConfigError if a likelihood, a delay or an operation is none
 * @example
 * ```ts
 * import { memory } from '@keepsake/memory';
 * import { chaos } from '@keepsake/testing';
 * const tier = chaos(memory(), { remote: true });
 * tier.controls.down();
 * await tier.get('k'); // rejects with a CacheConnectionError
 * ```
 */
export function chaos(inner: Backend, options: ChaosOptions = {}): Chaos {
  const plan = new FaultPlan(OPERATIONS, check(options));
  const clock = options.clock ?? systemClock;
  const overrides: Record<string, unknown> = options.remote ? { local: undefined, pin: undefined } : {};
  for (const operation of OPERATIONS) {
    const method = inner[operation] as ((...args: never[]) => unknown) | undefined;
    if (!method) continue;
    const run = (args: readonly unknown[]) => method.apply(inner, args as never[]);
    overrides[operation] =
      operation === 'keys' || operation === 'occupied'
        ? (...args: unknown[]) => list(plan, clock, operation, () => run(args) as Listing)
        : (...args: unknown[]) => perform(plan, clock, operation, () => run(args), args);
  }
  return Object.assign(wrap(inner, overrides as Overrides), { controls: controlsOf(plan) });
}

function check(options: ChaosOptions): ChaosOptions {
  const likelihoods = typeof options.failure === 'object' ? options.failure : { failure: options.failure };
  for (const [option, given] of Object.entries(likelihoods)) {
    if (option !== 'failure' && !OPERATIONS.includes(option as Operation)) throw unknown(option);
    if (given === undefined || (given >= 0 && given <= 1)) continue;
    throw new CacheConfigError(`chaos: ${option} is ${given}. Allowed: a likelihood from 0 to 1.`);
  }
  if (options.delay !== undefined) milliseconds(options.delay, 'chaos: delay');
  return options;
}

function unknown(operation: string): CacheConfigError {
  return new CacheConfigError(
    `chaos: '${operation}' is not an operation. Allowed: ${OPERATIONS.join(', ')}.`,
  );
}

function perform(
  plan: FaultPlan<Operation>,
  clock: Clock,
  operation: Operation,
  run: () => unknown,
  args: readonly unknown[],
): Awaitable<unknown> {
  plan.count(operation);
  return chain(arrival(plan, clock, operation), () => {
    const fate = plan.fateOf(operation);
    if (fate === 'refused') return Promise.reject(failure(operation));
    const empty = EMPTY_ANSWERS[operation] as ((...args: unknown[]) => unknown) | undefined;
    if (plan.dropsWrites && empty) return empty(...args);
    return answer(operation, fate, run());
  });
}

/** When the request reaches the backend: at once, or when it is late or hangs no more. */
function arrival(plan: FaultPlan<Operation>, clock: Clock, operation: Operation): Awaitable<void> {
  const delay = plan.delayOf(operation);
  const late: Awaitable<void> =
    delay === 0 ? undefined : new Promise((resolve) => clock.after(delay, resolve, 'holds'));
  return chain(late, () => plan.passage(operation));
}

function answer(operation: Operation, fate: Fate, outcome: unknown): Awaitable<unknown> {
  if (fate === 'spared') return outcome;
  return chain(outcome, () => Promise.reject(failure(operation)));
}

type Listing = Iterable<string> | AsyncIterable<string>;

function list(plan: FaultPlan<Operation>, clock: Clock, operation: Operation, run: () => Listing): Listing {
  if (!plan.isCalm(operation)) return listLate(plan, clock, operation, run);
  plan.count(operation);
  return run();
}

async function* listLate(
  plan: FaultPlan<Operation>,
  clock: Clock,
  operation: Operation,
  run: () => Listing,
): AsyncGenerator<string> {
  plan.count(operation);
  await arrival(plan, clock, operation);
  if (plan.fateOf(operation) !== 'spared') throw failure(operation);
  yield* run();
}

function failure(operation: Operation): CacheConnectionError {
  return new CacheConnectionError(`chaos: ${operation} was made to fail.`);
}

function controlsOf(plan: FaultPlan<Operation>): ChaosControls {
  const known = (operation: Operation | undefined): Operation | undefined => {
    if (operation === undefined || OPERATIONS.includes(operation)) return operation;
    throw unknown(operation);
  };
  return {
    down: () => plan.outage(true),
    up: () => plan.outage(false),
    fail: (operation, times = 1, effect) =>
      plan.script(known(operation) as Operation, times, effect ?? 'refused'),
    hang: (operation) => plan.hang(known(operation)),
    resume: () => plan.resume(),
    delay: (by, operation) => plan.slow(by === 0 ? 0 : milliseconds(by, 'chaos: delay'), known(operation)),
    dropWrites(on) {
      plan.dropsWrites = on;
    },
    get calls() {
      return plan.calls;
    },
    calm: () => plan.calm(),
  };
}
