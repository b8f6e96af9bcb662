import { type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { localBus } from 'keepsake';
import { Database, type Product } from './database.js';
import { Delays } from './delays.js';
import { type Figures, Measure } from './measure.js';
import type { Node } from './node.js';
import { seeded } from './random.js';
import type { Rung } from './rungs.js';
import { isWithin, type Scenario } from './scenario.js';
import { type Happening, type Update, workloadOf } from './workload.js';

/** What came out for one rung. */
export interface Result extends Figures {
  readonly name: string;
  readonly adds: string;
}

/** Lets the same happen on each rung, one after the other. */
export async function climb(rungs: readonly Rung[], scenario: Scenario): Promise<readonly Result[]> {
  const workload = workloadOf(scenario);
  const results: Result[] = [];
  for (const rung of rungs) {
    const { name, adds } = rung;
    results.push({ name, adds, ...(await new Simulation(rung, scenario).run(workload)) });
  }
  return results;
}

/** How long the last requests may take, in ms. */
const REST = 60_000;

class Simulation {
  readonly #scenario: Scenario;
  readonly #clock: ManualClock = manualClock();
  readonly #startsAt: number;
  readonly #measure: Measure;
  readonly #delays = new Delays(this.#clock);
  readonly #database: Database;
  readonly #nodes: readonly Node[];

  constructor(rung: Rung, scenario: Scenario) {
    this.#scenario = scenario;
    this.#startsAt = this.#clock.now() + scenario.warmUp * 1000;
    this.#measure = new Measure(scenario.seconds);
    this.#database = new Database({
      clock: this.#clock,
      delays: this.#delays,
      random: seeded(scenario.seed + 1),
      scenario,
      startsAt: this.#startsAt,
      onQuery: (fails) => {
        if (this.#isOn) this.#measure.query(this.#second, fails);
      },
    });
    const site = {
      clock: this.#clock,
      delays: this.#delays,
      random: seeded(scenario.seed + 2),
      database: this.#database,
      shared: sharedMemory({ clock: this.#clock }),
      bus: localBus(),
    };
    this.#nodes = Array.from({ length: scenario.nodes }, () => rung.node(site));
  }

  async run(workload: readonly Happening[]): Promise<Figures> {
    this.#schedule(workload, 0);
    const { warmUp, seconds } = this.#scenario;
    await this.#clock.advance((warmUp + seconds) * 1000 + REST);
    return this.#measure.figures();
  }

  /** What happens at the same instant shares a timer: the clock settles all promises after each. */
  #schedule(workload: readonly Happening[], from: number): void {
    const at = workload[from]?.at;
    if (at === undefined) return;
    this.#clock.after(this.#startsAt + at - this.#clock.now(), () => {
      let next = from;
      for (; workload[next]?.at === at; next++) this.#happen(workload[next] as Happening);
      this.#schedule(workload, next);
    });
  }

  #happen(happening: Happening): void {
    if (happening.type === 'update') void this.#change(happening);
    else for (const product of happening.products) void this.#request(happening.node, product);
  }

  /** Whoever changes a product looks at it next; while the database is down, nothing is changed. */
  async #change({ node, product }: Update): Promise<void> {
    try {
      await this.#database.change(product);
    } catch {
      return;
    }
    await this.#node(node).changed(product);
    await this.#request(node, product);
  }

  #request(node: number, id: number): Promise<void> {
    const counts = this.#isOn;
    const sentAt = this.#clock.now();
    const sentWhileDown = isWithin(this.#scenario.down, this.#second);
    const answered = (product: Product | undefined): void => {
      if (!counts) return;
      const latency = this.#clock.now() - sentAt;
      this.#measure.answer({
        sentWhileDown,
        latency,
        staleness: product && this.#database.staleness(product),
      });
    };
    return this.#node(node)
      .find(id)
      .then(answered, () => answered(undefined));
  }

  #node(index: number): Node {
    return this.#nodes[index] as Node;
  }

  get #second(): number {
    return (this.#clock.now() - this.#startsAt) / 1000;
  }

  get #isOn(): boolean {
    return this.#second >= 0 && this.#second < this.#scenario.seconds;
  }
}
