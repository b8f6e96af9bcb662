import { type Awaitable, chain } from '../contract/awaitable.js';
import type { Entry } from '../contract/entry.js';
import type { Fence } from './epochs.js';
import type { Tier } from './tier.js';

/** Writes to the tiers from `index` to the front, each only while the fence stands. `false` if it fell on the way. */
export function forward(
  tiers: readonly Tier[],
  fence: Fence,
  key: string,
  entry: Entry,
  index: number,
): Awaitable<boolean> {
  if (fence.raised) return false;
  const tier = tiers[index];
  return tier ? chain(tier.set(key, entry), () => forward(tiers, fence, key, entry, index - 1)) : true;
}
