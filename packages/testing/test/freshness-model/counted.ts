import type { CacheStats } from '@keepsake/core';
import type { Ledger } from './ledger.js';
import type { Call } from './records.js';

/** Every call of a node counts once: as a hit, a stale hit, a miss, or one that joined a load. */
export function miscounted(ledger: Ledger, node: number, stats: CacheStats): string | undefined {
  const { hits, staleHits, misses, coalesced } = stats;
  const calls = ledger.calls.filter((call) => call.node === node && counts(call)).length;
  if (hits + staleHits + misses + coalesced === calls) return undefined;
  const figures = `${hits} hits + ${staleHits} stale hits + ${misses} misses + ${coalesced} coalesced`;
  return `node ${node}: ${calls} calls made ${figures}`;
}

/** Not who gave up waiting, and not who still waits. */
function counts({ outcome }: Call): boolean {
  return outcome !== undefined && outcome !== 'aborted' && outcome !== 'timed out';
}
