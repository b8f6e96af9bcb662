import type { Backend } from '../contract/backend.js';
import { milliseconds } from '../time/duration.js';
import type { TierOptions } from './tier.js';

const TIERS = Symbol.for('keepsake.tiers');

/** Notes on a composite what it was made of, so that another one can take its tiers over. */
export function markComposite(composite: Backend, tiers: readonly TierOptions[]): void {
  Object.defineProperty(composite, TIERS, { value: tiers });
}

/** The tiers of a composite, or the backend as the only one. */
export function flattened(given: Backend | TierOptions): readonly TierOptions[] {
  const tier = 'backend' in given ? given : { backend: given };
  const inner = (tier.backend as { readonly [TIERS]?: readonly TierOptions[] })[TIERS];
  if (!inner) return [tier];
  return inner.map((each) => ({ ...each, maxTtl: Math.min(limitOf(each), limitOf(tier)) }));
}

function limitOf({ maxTtl = 'forever' }: TierOptions): number {
  return milliseconds(maxTtl, 'maxTtl');
}
