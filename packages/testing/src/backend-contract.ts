import {
  type Awaitable,
  type Backend,
  CacheConfigError,
  type Capability,
  type Clock,
  capabilities,
  systemClock,
} from '@keepsake/core';
import type { ContractCase } from './contract/contract-case.js';
import { contractCases } from './contract/contract-cases.js';
import { type Time, Trial } from './contract/trial.js';
import { manualClock } from './manual-clock.js';

/** What the suite needs of a test runner: jest, vitest, `node:test` with `expect`, or twenty lines in a page. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => { toBe(expected: unknown): unknown };
}

/** What became of one case on one backend. */
export interface ContractResult {
  readonly backend: string;
  readonly concept: string;
  readonly name: string;
  /** `absent`: the backend lacks a capability that the case is about. `skipped`: by `skip`. */
  readonly outcome: 'passed' | 'failed' | 'absent' | 'skipped';
  readonly error?: unknown;
}

/** What is known of the backend under test. */
export interface ContractOptions {
  /** Makes an empty backend on `clock`, for one case. */
  readonly create: (context: { readonly clock: Clock }) => Awaitable<Backend>;
  /** Ends what `create` made. @default closes it */
  readonly destroy?: (backend: Backend) => Awaitable<void>;
  /** Names of cases that are not to be run. A name that no case has is refused. @default [] */
  readonly skip?: readonly string[];
  /** `'real'` where somebody else's clock decides, as a server's does: short lives and deadlines instead of a manual clock. @default 'virtual' */
  readonly time?: 'virtual' | 'real';
  /** `'json'` where the backend carries no more: other values may be refused, never changed. @default 'all' */
  readonly values?: 'all' | 'json';
  /** By how many ms an instant may come back changed. @default 0, in real time 100 */
  readonly tolerance?: number;
  /**
   * The optional methods that the backend is to have, neither more nor fewer: a wrapper that loses one is caught.
   * @default what it has when it is tried
   */
  readonly capabilities?: readonly Capability[];
  /** Told of each case when it is settled: what `contractTable` is made from. */
  readonly onResult?: (result: ContractResult) => void;
}

/**
 * Registers the cases that a backend has to pass. Each is tried on a backend of its own; a case about a capability that the
 * backend lacks passes as `absent`, or is not registered where `capabilities` are named.
 *
 * @throws CacheConfigError if `skip` or `capabilities` name what does not exist
 * @example
 * ```ts
 * import { memory } from '@keepsake/memory';
 * import { backendContract } from '@keepsake/testing';
 * backendContract('memory', { describe, it, expect }, { create: ({ clock }) => memory({ clock }) });
 * ```
 */
export function backendContract(name: string, runner: ContractRunner, options: ContractOptions): void {
  refuseUnknown(
    'skip',
    options.skip ?? [],
    contractCases.map((one) => one.name),
  );
  refuseUnknown('capabilities', options.capabilities ?? [], capabilities);
  runner.describe(`${name} keeps the backend contract`, () => {
    for (const [concept, group] of byConcept(contractCases)) {
      const wanted = group.filter((one) => isWanted(name, one, options));
      if (wanted.length === 0) continue;
      runner.describe(concept, () => {
        for (const one of wanted) runner.it(one.name, () => judge(name, one, runner, options));
      });
    }
    if (options.capabilities) register(runner, options, options.capabilities);
  });
}

function refuseUnknown(option: string, given: readonly string[], allowed: readonly string[]): void {
  const unknown = given.filter((one) => !allowed.includes(one));
  if (unknown.length === 0) return;
  throw new CacheConfigError(
    `backendContract: ${option} names ${unknown.map((one) => `'${one}'`).join(', ')}, which does not exist. ` +
      `Allowed: ${allowed.map((one) => `'${one}'`).join(', ')}.`,
  );
}

function byConcept(all: readonly ContractCase[]): ReadonlyMap<string, readonly ContractCase[]> {
  const groups = new Map<string, ContractCase[]>();
  for (const one of all) {
    const group = groups.get(one.concept);
    if (group) group.push(one);
    else groups.set(one.concept, [one]);
  }
  return groups;
}

function isWanted(backend: string, one: ContractCase, options: ContractOptions): boolean {
  const { skip = [], capabilities, onResult } = options;
  const skipped = skip.includes(one.name);
  const absent = capabilities && !one.needs.every((need) => capabilities.includes(need));
  if (skipped || absent) {
    const { concept, name } = one;
    onResult?.({ backend, concept, name, outcome: skipped ? 'skipped' : 'absent' });
  }
  return !skipped && !absent;
}

async function judge(
  backend: string,
  one: ContractCase,
  runner: ContractRunner,
  options: ContractOptions,
): Promise<void> {
  const result = { backend, concept: one.concept, name: one.name };
  try {
    const tried = await attempt(one, runner, options);
    options.onResult?.({ ...result, outcome: tried ? 'passed' : 'absent' });
  } catch (error) {
    options.onResult?.({ ...result, outcome: 'failed', error });
    throw error;
  }
}

/** Whether the backend has what the case needs. */
async function attempt(
  one: ContractCase,
  runner: ContractRunner,
  options: ContractOptions,
): Promise<boolean> {
  const real = options.time === 'real';
  const time: Time = real ? { kind: 'real', clock: systemClock } : { kind: 'virtual', clock: manualClock() };
  return withBackend(options, time.clock, async (backend) => {
    if (!one.needs.every((need) => backend[need])) return false;
    const trial = new Trial(backend, {
      time,
      tolerance: options.tolerance ?? (real ? 100 : 0),
      values: options.values ?? 'all',
      expectNone: (problem) => runner.expect(problem).toBe(undefined),
    });
    await one.run(trial);
    return true;
  });
}

async function withBackend<T>(
  options: ContractOptions,
  clock: Clock,
  use: (backend: Backend) => Promise<T>,
): Promise<T> {
  const backend = await options.create({ clock });
  try {
    return await use(backend);
  } finally {
    await (options.destroy ? options.destroy(backend) : backend.close?.());
  }
}

function register(runner: ContractRunner, options: ContractOptions, named: readonly Capability[]): void {
  runner.it('has the capabilities it is said to have, and no others', () =>
    withBackend(options, options.time === 'real' ? systemClock : manualClock(), async (backend) => {
      const found = capabilities.filter((capability) => backend[capability]);
      runner.expect(found.join()).toBe(capabilities.filter((one) => named.includes(one)).join());
    }),
  );
}
