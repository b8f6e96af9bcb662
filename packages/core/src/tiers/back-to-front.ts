import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Tier } from './tier.js';

/** Does `step` on each tier in turn, from the one at `from` (the back) to the front; `behind` runs once the first one is done. */
export function backToFront(
  tiers: readonly Tier[],
  step: (tier: Tier) => Awaitable<unknown>,
  behind?: () => void,
  from = tiers.length - 1,
): Awaitable<void> {
  if (from < 0) return undefined;
  return chain(step(tiers[from] as Tier), () => {
    behind?.();
    return backToFront(tiers, step, undefined, from - 1);
  });
}
