import { type Ledger, named } from './ledger.js';

/** Who waits for ever and need not: only who started a load that never ends may. */
export function unsettled({ calls, loads }: Ledger): string | undefined {
  const stuck = calls.find((call) => {
    const startedEndless = loads.some((load) => load.call === call && load.endless && !load.ended);
    return !call.ended && !(startedEndless && call.policy.hardTimeout === undefined);
  });
  return stuck && `${named(stuck)} of ${stuck.key} on ${stuck.node} never settled`;
}
