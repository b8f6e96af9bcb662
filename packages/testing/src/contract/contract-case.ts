import type { Capability } from '@keepsake/core';
import type { Trial } from './trial.js';

/** One behaviour that a backend owes its callers. */
export interface ContractCase {
  /** What the case is about, e.g. `leases`. */
  readonly concept: string;
  /** A sentence of behaviour; names the case in reports and in `skip`. */
  readonly name: string;
  /** Without one of these the case says nothing of a backend. */
  readonly needs: readonly Capability[];
  readonly run: (trial: Trial) => Promise<void>;
}

/** The cases of one concept; each body is tried on an empty backend of its own, which has all that `needs` names. */
export function cases<K extends Capability = never>(
  concept: string,
  needs: readonly K[],
  bodies: Readonly<Record<string, (trial: Trial<K>) => Promise<void>>>,
): readonly ContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    concept,
    name,
    needs,
    // The suite runs a case only on a backend that has what it needs.
    run: body as (trial: Trial) => Promise<void>,
  }));
}
