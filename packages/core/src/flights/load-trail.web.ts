import type { LoadTrail } from './load-trail.js';

/** The platform cannot follow promises. */
export function loadTrail(): LoadTrail | undefined {
  return undefined;
}
