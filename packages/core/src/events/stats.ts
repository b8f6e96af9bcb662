/** What a tier counted since the last `resetStats`, and what it holds. */
export interface TierStats {
  readonly name: string;
  readonly size: number | undefined;
  readonly maxSize: number | undefined;
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
  /** Whether its last operation was answered. */
  readonly available: boolean;
}

/** What a cache counted since the last `resetStats`. A namespace shares the figures of its cache. */
export interface CacheStats {
  readonly hits: number;
  readonly staleHits: number;
  readonly misses: number;
  /** (hits + stale hits) ÷ (hits + stale hits + misses), 0 when nothing was asked for. */
  readonly hitRate: number;
  readonly loads: number;
  readonly loadErrors: number;
  /** Callers that joined a running flight; they count neither as hit nor as miss. */
  readonly coalesced: number;
  /** Invalidations that some tier has not acknowledged yet. */
  readonly owed: number;
  readonly tiers: readonly TierStats[];
}

/** The counters behind `CacheStats`. */
export class Counters {
  hits = 0;
  staleHits = 0;
  misses = 0;
  loads = 0;
  loadErrors = 0;
  coalesced = 0;

  get hitRate(): number {
    const served = this.hits + this.staleHits;
    return served === 0 ? 0 : served / (served + this.misses);
  }

  reset(): void {
    this.hits = this.staleHits = this.misses = this.loads = this.loadErrors = this.coalesced = 0;
  }
}
