import { type Cache, localBus } from '@keepsake/core';
import { type SharedMemory, sharedMemory } from '@keepsake/testing';
import type { Scheduler } from 'fast-check';
import { Floors } from './floors.js';
import { Moments } from './moments.js';
import { Node, slow } from './node.js';
import { Outage } from './outage.js';
import { idOf, KEYS, type Start, type Step } from './step.js';
import { Wire } from './wire.js';
import type { Protection } from './without.js';
import { Writers } from './writers.js';

/** Where and when things happen: everything that takes time waits for the scheduler to pick it. */
export interface WorldOptions {
  readonly nodes: number;
  /** Whether messages between nodes travel, or arrive in the tick they are sent. */
  readonly busTravels?: boolean;
  /** How long a request may take, in ms; each then goes out behind the one before it. @default 'forever' */
  readonly timeout?: number;
  /** What it does without, to show that the exploration would find the bug. */
  readonly without?: Protection;
}

/** What came about, for whoever wants to know that the exploration gets there. */
export type Sight = 'timeout' | 'refused' | 'spared' | 'replayed';

/** Nodes over one shared tier, the truth they cache, and what they were promised. */
export class World {
  readonly violations: string[] = [];
  readonly sights = new Set<Sight>();
  /** How often each key was loaded. */
  readonly loads = new Map<string, number>(KEYS.map((key) => [key, 0]));
  readonly #moments: Moments;
  readonly #server: SharedMemory;
  readonly #outage: Outage;
  readonly #nodes: Node[];
  readonly #floors: Floors;
  readonly #writers: Writers;

  constructor(scheduler: Scheduler, options: WorldOptions) {
    this.#moments = new Moments(scheduler);
    this.#server = sharedMemory({ clock: this.#moments.time.clock });
    this.#outage = new Outage(this.#server);
    const hub = localBus();
    this.#nodes = Array.from({ length: options.nodes }, () => {
      const bus = hub.connect();
      return this.#node(options, options.busTravels ? slow(bus, this.#moments.pause) : bus);
    });
    this.#floors = new Floors(this.#nodes.length, (from, to) => {
      const [writer, reader] = [this.#nodes[from] as Node, this.#nodes[to] as Node];
      return !options.busTravels && writer.owesNothing && writer.bus.connected && reader.bus.connected;
    });
    this.#writers = new Writers(this.#floors);
  }

  /** How often somebody waited, and nothing that was under way would have woken them but a timer of a second or more. */
  get slept(): number {
    return this.#moments.time.slept;
  }

  /** Loads everything everywhere, and forgets it in front again: the tiers then differ when the steps begin. */
  async prepare(start: Start): Promise<void> {
    if (start === 'cold') return;
    for (const { cache } of this.#nodes) {
      for (const key of KEYS) await this.#moments.until(this.#load(cache, key));
    }
    await this.#moments.rest();
    if (start === 'warm behind') this.#forget();
  }

  /** Takes every step at a moment that the scheduler picks; then all heals, and everything is read once more. */
  async live(steps: readonly Step[]): Promise<void> {
    const taken = steps.map(async (step, i) => {
      await this.#moments.pause(`step ${i}: ${step.type} ${idOf(step.key)} on ${step.node}`);
      await this.#take(step);
    });
    await this.#moments.until(Promise.all(taken));
    await this.#healed();
    await this.#assertTruth();
    await this.#assertBackInUse();
  }

  async #take({ type, node: place, key }: Step): Promise<unknown> {
    const index = place % this.#nodes.length;
    const { cache, front, bus } = this.#nodes[index] as Node;
    switch (type) {
      case 'read':
        return this.#read(index, [key], async () => [await this.#load(cache, key)]);
      case 'batch':
        return this.#read(index, KEYS, () => cache.getMany(KEYS));
      case 'refresh':
        return this.#refresh(cache, key);
      case 'forget':
        return front.clear();
      case 'evict':
        return this.#server.evict(`keepsake:${key}`);
      case 'delete':
        return this.#writers.change(index, [key], () => cache.delete(key));
      case 'pattern':
        return this.#writers.change(index, [key], () => cache.deletePattern(`${key}*`));
      case 'tag':
        return this.#writers.change(index, [key], () => cache.invalidateTags(tagsOf(key)));
      case 'clear':
        return this.#writers.change(index, KEYS, () => cache.clear());
      case 'set':
        return this.#writers.set(index, key, (value) => cache.set(key, value, setOptions(key)));
      case 'set if absent':
        return this.#writers.put(key, (value) => cache.set(key, value, { ...setOptions(key), if: 'absent' }));
      case 'set if present':
        return this.#writers.put(key, (value) =>
          cache.set(key, value, { ...setOptions(key), if: 'present' }),
        );
      case 'heal':
        return this.#outage.end();
      case 'cut':
        this.#floors.spread();
        return bus.controls.cut();
      case 'replay':
      case 'gap':
        return bus.controls.heal(type);
      default:
        this.#floors.spread();
        return this.#outage.begin(type);
    }
  }

  async #read(index: number, keys: readonly string[], read: () => Promise<unknown[]>): Promise<void> {
    const least = keys.map((key) => this.#floors.least(index, key));
    const values = await read();
    for (const [i, value] of values.entries()) {
      // A batch that finds nothing loads nothing.
      if (value !== undefined && (value as number) < (least[i] as number)) {
        this.#violated(`read of ${keys[i]} on ${index} saw ${value}, acknowledged was ${least[i]}`);
      }
    }
  }

  #refresh(cache: Cache, key: string): Promise<unknown> {
    const load = this.#loader(key);
    const call = cache.cached(load, { id: idOf(key), ttl: 'forever', tags: () => tagsOf(key) });
    if (call.keyOf() !== key) throw new Error(`a refresh of ${call.keyOf()} says nothing about ${key}`);
    return call.refresh();
  }

  #load(cache: Cache, key: string): Promise<unknown> {
    return cache.getOrSet(key, this.#loader(key), { ttl: 'forever', tags: tagsOf(key) });
  }

  /** Takes its snapshot of the truth somewhere in the middle. */
  #loader(key: string): () => Promise<unknown> {
    return async () => {
      this.loads.set(key, (this.loads.get(key) ?? 0) + 1);
      await this.#moments.pause(`load ${idOf(key)}`);
      const snapshot = this.#writers.truth(key);
      await this.#moments.pause(`loaded ${idOf(key)}`);
      return snapshot;
    };
  }

  /** All that failed is there again, what is owed is paid, and what was believed meanwhile is asked for again. */
  async #healed(): Promise<void> {
    this.#outage.end();
    for (const { bus } of this.#nodes) bus.controls.heal('gap');
    this.#moments.time.calm();
    await this.#moments.rest();
    this.#moments.time.pass(2000);
    await this.#moments.rest();
    for (const [index, { owesNothing }] of this.#nodes.entries()) {
      if (!owesNothing) this.#violated(`${index} still owes something`);
    }
  }

  async #assertTruth(): Promise<void> {
    for (const [index, values] of (await this.#readEverything()).entries()) {
      for (const [i, key] of KEYS.entries()) {
        const truth = this.#writers.truth(key);
        if (values[i] !== truth) {
          this.#violated(`last read of ${key} on ${index} saw ${values[i]}, acknowledged was ${truth}`);
        }
      }
    }
  }

  /** What one node has loaded is found by all: the shared tier is asked again, and its leases are free. */
  async #assertBackInUse(): Promise<void> {
    this.#forget();
    await this.#readEverything();
    const before = [...this.loads.values()];
    this.#forget();
    await this.#readEverything();
    for (const [i, key] of KEYS.entries()) {
      if (this.loads.get(key) !== before[i])
        this.#violated(`${key} was loaded, though the shared tier had it`);
    }
  }

  async #readEverything(): Promise<unknown[][]> {
    const reads = this.#nodes.map(({ cache }) => Promise.all(KEYS.map((key) => this.#load(cache, key))));
    const values = await this.#moments.until(Promise.all(reads));
    await this.#moments.rest();
    return values;
  }

  #forget(): void {
    for (const { front } of this.#nodes) void front.clear();
  }

  #node({ timeout, without }: WorldOptions, bus: ReturnType<typeof slow>): Node {
    const wire = new Wire(this.#moments.pause, timeout !== undefined, () => this.#outage.thawed);
    const node = new Node({
      bus,
      without,
      server: this.#server,
      clock: this.#moments.time.clock,
      travel: wire.travel,
      timeout: timeout ?? 'forever',
    });
    node.cache.on('tierError', ({ error }) => this.sights.add(sightOf(error)));
    node.cache.on('replayed', () => this.sights.add('replayed'));
    return node;
  }

  #violated(what: string): void {
    this.violations.push(what);
  }
}

function tagsOf(key: string): string[] {
  return [`of:${idOf(key)}`];
}

function setOptions(key: string): { tags: string[]; ttl: 'forever' } {
  return { tags: tagsOf(key), ttl: 'forever' };
}

function sightOf(error: unknown): Sight {
  if ((error as { code?: unknown }).code === 'CACHE_TIMEOUT') return 'timeout';
  return String(error).includes('was not tried') ? 'spared' : 'refused';
}
