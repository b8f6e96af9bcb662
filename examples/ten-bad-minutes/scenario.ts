/** A part of the scenario, in seconds from its start. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What happens to the shop, whatever it does about it. */
export interface Scenario {
  readonly seed: number;
  readonly products: number;
  /** The most popular products, whose stock changes fast. */
  readonly bestsellers: number;
  readonly nodes: number;
  /** How long the shop has been running before, in seconds. */
  readonly warmUp: number;
  readonly seconds: number;
  /** Requests that reach one node at one instant, once a second, when the load is highest. */
  readonly peak: number;
  /** When a query takes seconds. */
  readonly slow: Span;
  /** When a query fails. */
  readonly down: Span;
  /** How often a product is changed, in seconds. */
  readonly updateEvery: number;
}

export const TEN_BAD_MINUTES: Scenario = {
  seed: 2026,
  products: 1000,
  bestsellers: 6,
  nodes: 3,
  warmUp: 8 * 3600,
  seconds: 600,
  peak: 100,
  slow: { from: 180, to: 300 },
  down: { from: 360, to: 540 },
  updateEvery: 30,
};

export function isWithin(span: Span, second: number): boolean {
  return second >= span.from && second < span.to;
}
