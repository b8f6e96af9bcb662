/** What was seen of one rung during the scenario. */
export interface Figures {
  readonly requests: number;
  readonly queries: number;
  /** Queries that the database did not answer. */
  readonly failedQueries: number;
  readonly failedRequests: number;
  readonly failedWhileDown: number;
  /** In ms, over all requests, those that failed too. */
  readonly p50: number;
  readonly p99: number;
  /** The longest time for which an answer had not been true any more when its caller got it, in ms. */
  readonly staleness: number;
  /** By the minute in which a query was sent. */
  readonly queriesByMinute: readonly number[];
}

/** How one request went. */
export interface Answer {
  readonly sentWhileDown: boolean;
  /** In ms. */
  readonly latency: number;
  /** In ms; `undefined` if the request failed. */
  readonly staleness: number | undefined;
}

/** Counts what happens in the scenario. */
export class Measure {
  readonly #latencies: number[] = [];
  readonly #queriesByMinute: number[];
  #failedQueries = 0;
  #failedRequests = 0;
  #failedWhileDown = 0;
  #staleness = 0;

  constructor(seconds: number) {
    this.#queriesByMinute = new Array<number>(Math.ceil(seconds / 60)).fill(0);
  }

  /** @param second - from the start of the scenario */
  query(second: number, failed: boolean): void {
    const minute = Math.floor(second / 60);
    this.#queriesByMinute[minute] = (this.#queriesByMinute[minute] ?? 0) + 1;
    if (failed) this.#failedQueries++;
  }

  answer({ sentWhileDown, latency, staleness }: Answer): void {
    this.#latencies.push(latency);
    if (staleness !== undefined) {
      this.#staleness = Math.max(this.#staleness, staleness);
      return;
    }
    this.#failedRequests++;
    if (sentWhileDown) this.#failedWhileDown++;
  }

  figures(): Figures {
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      requests: sorted.length,
      queries: this.#queriesByMinute.reduce((sum, count) => sum + count, 0),
      failedQueries: this.#failedQueries,
      failedRequests: this.#failedRequests,
      failedWhileDown: this.#failedWhileDown,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      staleness: this.#staleness,
      queriesByMinute: this.#queriesByMinute,
    };
  }
}

/** The smallest of the values that `share` of them do not exceed. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
