import type { Backend } from '../contract/backend.js';
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
  const limit = tier.maxTtl ?? Number.POSITIVE_INFINITY;
  return inner.map((each) => ({ ...each, maxTtl: Math.min(each.maxTtl ?? Number.POSITIVE_INFINITY, limit) }));
}
