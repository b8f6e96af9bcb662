import type { Backend, Clock } from '@keepsake/core';
import { backendContract, type ContractOptions, type ContractResult } from '@keepsake/testing';

/** Runs the contract with a runner of its own, and tells what became of each case. */
export async function trialRun(
  create: (clock: Clock) => Backend,
  options: Omit<ContractOptions, 'create'> = {},
): Promise<readonly ContractResult[]> {
  const results: ContractResult[] = [];
  const bodies: (() => Promise<void>)[] = [];
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (_name: string, body: () => Promise<void>) => void bodies.push(body),
    expect: (actual: unknown) => ({
      toBe(expected: unknown) {
        if (!Object.is(actual, expected)) throw new Error(String(actual));
      },
    }),
  };
  const onResult = (result: ContractResult) => void results.push(result);
  backendContract('trial', runner, { onResult, ...options, create: ({ clock }) => create(clock) });
  for (const body of bodies) await body().catch(() => undefined);
  return results;
}

/** The names of the cases that failed. */
export function failed(results: readonly ContractResult[]): readonly string[] {
  return results.filter((result) => result.outcome === 'failed').map((result) => result.name);
}
