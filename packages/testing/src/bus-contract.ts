import { type Awaitable, type Bus, CacheConfigError } from '@keepsake/core';
import type { ContractRunner } from './backend-contract.js';
import { busCases } from './contract/bus-cases.js';
import { BusTrial } from './contract/bus-trial.js';

/** What connects the buses of one case, as a server connects processes. */
export interface BusHub {
  /** A bus of its own, as another process would have it: who names the same `channel` hear each other. */
  connect(channel: string): Awaitable<Bus>;
}

/** What is known of the bus under test. */
export interface BusContractOptions<H extends BusHub = BusHub> {
  /** Makes a hub on which nothing was published, for one case. */
  readonly create: () => Awaitable<H>;
  /** Ends what `create` made, when all buses of the case are closed. */
  readonly destroy?: (hub: H) => Awaitable<void>;
  /** Names of cases that are not to be run. A name that no case has is refused. @default [] */
  readonly skip?: readonly string[];
}

/**
 * Registers the cases that a bus has to pass, each on a hub of its own. Messages may take their time, up to five seconds.
 *
 * @throws CacheConfigError if `skip` names what does not exist
 * @example
 * ```ts
 * import { type LocalBus, localBus } from '@keepsake/core';
 * import { busContract } from '@keepsake/testing';
 * busContract('localBus', { describe, it, expect }, {
 *   create() {
 *     const channels: Record<string, LocalBus> = {};
 *     return { connect: (channel) => (channels[channel] ??= localBus()).connect() };
 *   },
 * });
 * ```
 */
export function busContract<H extends BusHub>(
  name: string,
  runner: ContractRunner,
  options: BusContractOptions<H>,
): void {
  const { skip = [] } = options;
  refuseUnknown(skip);
  runner.describe(`${name} keeps the bus contract`, () => {
    for (const [sentence, body] of Object.entries(busCases)) {
      if (skip.includes(sentence)) continue;
      runner.it(sentence, () => attempt(body, runner, options));
    }
  });
}

async function attempt<H extends BusHub>(
  body: (trial: BusTrial) => Promise<void>,
  runner: ContractRunner,
  { create, destroy }: BusContractOptions<H>,
): Promise<void> {
  const hub = await create();
  const trial = new BusTrial(hub, (problem) => runner.expect(problem).toBe(undefined));
  try {
    await body(trial);
  } finally {
    await trial.close();
    await destroy?.(hub);
  }
}

function refuseUnknown(skip: readonly string[]): void {
  const unknown = skip.filter((one) => !Object.hasOwn(busCases, one));
  if (unknown.length === 0) return;
  throw new CacheConfigError(
    `busContract: skip names ${unknown.map((one) => `'${one}'`).join(', ')}, which does not exist. ` +
      `Allowed: ${Object.keys(busCases)
        .map((one) => `'${one}'`)
        .join(', ')}.`,
  );
}
