import { type Random, seeded, zipf } from './random.js';
import type { Scenario } from './scenario.js';

/** Requests that reach one node at the same instant. */
interface Burst {
  readonly type: 'burst';
  /** Ms from the start of the scenario; negative in the warm-up. */
  readonly at: number;
  readonly node: number;
  /** What each request asks for. */
  readonly products: readonly number[];
}

/** Somebody changes a product through one node, and looks at it there. */
export interface Update {
  readonly type: 'update';
  readonly at: number;
  readonly node: number;
  readonly product: number;
}

export type Happening = Burst | Update;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How often a node is asked for a product in the warm-up, in ms. */
const VISIT_EVERY = 10 * MINUTE;
/** The last part of the warm-up has traffic as it is at the start of the scenario. */
const RUN_UP = 2 * MINUTE;

/** All that happens, in order: the same for every rung of the ladder. */
export function workloadOf(scenario: Scenario): readonly Happening[] {
  const random = seeded(scenario.seed);
  const happenings = [...visits(scenario, random), ...bursts(scenario, random), ...updates(scenario, random)];
  return happenings.sort((a, b) => a.at - b.at);
}

/**
 * The warm-up, so that there are entries of every age: in its first half, products turn up one after the other, and from
 * then on every node is asked for them again and again.
 */
function visits({ products, nodes, warmUp }: Scenario, random: Random): readonly Burst[] {
  const together = new Map<string, { at: number; node: number; products: number[] }>();
  for (let product = 0; product < products; product++) {
    const turnsUpAt = (random() / 2 - 1) * warmUp * SECOND;
    for (let node = 0; node < nodes; node++) {
      const firstAt = turnsUpAt + random() * VISIT_EVERY;
      for (let due = firstAt; due < -RUN_UP; due += VISIT_EVERY) {
        const at = Math.floor(due / MINUTE) * MINUTE;
        const visit = together.get(`${at} ${node}`) ?? { at, node, products: [] };
        visit.products.push(product);
        together.set(`${at} ${node}`, visit);
      }
    }
  }
  return [...together.values()].map((visit) => ({ type: 'burst', ...visit }));
}

/** Every second, each node gets its requests of that second at one instant. */
function bursts({ products, nodes, seconds, peak }: Scenario, random: Random): readonly Burst[] {
  const draw = zipf(products, random);
  const all: Burst[] = [];
  for (let second = -RUN_UP / SECOND; second < seconds; second++) {
    for (let node = 0; node < nodes; node++) {
      const at = second * SECOND + Math.floor(random() * SECOND);
      const size = Math.round(peak * loadAt(second / seconds));
      all.push({ type: 'burst', at, node, products: Array.from({ length: size }, draw) });
    }
  }
  return all;
}

/** The share of the peak load: it rises from 70 % to 100 % in the middle, and falls again. */
function loadAt(progress: number): number {
  return 0.7 + 0.3 * Math.sin(Math.PI * Math.max(0, progress));
}

/** What sells changes: products are changed as often as they are asked for, relative to each other. */
function updates({ products, nodes, seconds, updateEvery }: Scenario, random: Random): readonly Update[] {
  const draw = zipf(products, random);
  return Array.from({ length: Math.floor(seconds / updateEvery) }, (_, i) => ({
    type: 'update',
    at: Math.floor((i + random()) * updateEvery * SECOND),
    node: i % nodes,
    product: draw(),
  }));
}
