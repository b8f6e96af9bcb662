import {
  type Backend,
  type Bus,
  type BusMessage,
  type Cache,
  type Clock,
  localBus,
  tiered,
  wrap,
} from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type SharedMemory, sharedMemory } from '@keepsake/testing';
import type { Scheduler } from 'fast-check';
import { createCacheWith } from '../../../core/src/cache/create-cache.js';
import { Epochs } from '../../../core/src/tiers/epochs.js';

/** What an exploration may do without, to show that it would find the bug. */
interface Protection {
  readonly fencing?: boolean;
  readonly leases?: boolean;
  readonly bus?: boolean;
}

/** Where and when things happen: everything that takes time waits for the scheduler to pick it. */
export interface WorldOptions extends Protection {
  readonly nodes: number;
  /** Whether messages between nodes travel, or arrive in the tick they are sent. */
  readonly busTravels?: boolean;
}

export type Step =
  | {
      readonly type: 'read' | 'delete' | 'set' | 'tag' | 'clear' | 'pattern' | 'refresh' | 'batch';
      readonly node: number;
      readonly key: string;
    }
  | { readonly type: 'evict' | 'forget'; readonly node: number; readonly key: string };

/** What the tiers hold before the first step. */
export type Start = 'cold' | 'warm' | 'warm behind';

export const KEYS = ['a', 'b'];

/** Timers that only matter when something hangs never fire here: nothing hangs. */
const NEVER = 1000;

/** Nodes over one shared tier, the truth they cache, and what has been acknowledged. */
export class World {
  readonly violations: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #nodes: Cache[];
  readonly #fronts: Backend[] = [];
  readonly #server: SharedMemory;
  readonly #truth = new Map(KEYS.map((key) => [key, 0]));
  /** Per node and key: the version that a read must at least see. */
  readonly #floors: Map<string, number>[];
  readonly #acrossNodes: boolean;
  #sets: Promise<unknown> = Promise.resolve();
  #writes: Promise<unknown> = Promise.resolve();

  constructor(scheduler: Scheduler, options: WorldOptions) {
    this.#scheduler = scheduler;
    this.#server = sharedMemory({ clock: this.#clock() });
    this.#acrossNodes = !options.busTravels;
    const hub = localBus();
    this.#nodes = Array.from({ length: options.nodes }, () => this.#node(options, hub.connect()));
    this.#floors = this.#nodes.map(() => new Map(KEYS.map((key) => [key, 0])));
  }

  /** Loads everything everywhere, and forgets it in front again: the tiers then differ when the steps begin. */
  async prepare(start: Start): Promise<void> {
    if (start === 'cold') return;
    for (const node of this.#nodes) {
      for (const key of KEYS) await this.#scheduler.waitFor(this.#load(node, key));
    }
    await this.#settle();
    if (start === 'warm behind') for (const front of this.#fronts) await front.clear();
  }

  /** Takes every step at a moment that the scheduler picks, then reads everything once more. */
  async live(steps: readonly Step[]): Promise<void> {
    const taken = steps.map(async (step, i) => {
      await this.#pause(`step ${i}: ${step.type} ${step.key} on ${step.node}`);
      await this.#take(step);
    });
    await this.#scheduler.waitFor(Promise.all(taken));
    await this.#settle();
    for (const [index, node] of this.#nodes.entries()) {
      for (const key of KEYS) {
        const value = await this.#scheduler.waitFor(this.#load(node, key));
        if (value !== this.#truth.get(key))
          this.#violated(`last read of ${key} on ${index}`, value, this.#truth.get(key));
      }
    }
    await this.#settle();
  }

  async #take(step: Step): Promise<void> {
    const node = this.#nodes[step.node % this.#nodes.length] as Cache;
    const index = this.#nodes.indexOf(node);
    const { key } = step;
    switch (step.type) {
      case 'read':
        return this.#read(node, index, [key], () => this.#load(node, key).then((value) => [value]));
      case 'batch':
        return this.#read(node, index, KEYS, () => node.getMany(KEYS));
      case 'refresh':
        await node.cached(this.#loader(key), { id: key, ttl: 'forever' }).refresh();
        return;
      case 'forget':
        return this.#fronts[index]?.clear();
      case 'evict':
        return this.#server.evict(`keepsake:${key}`);
      case 'delete':
        return this.#write(index, [key], () => node.delete(key));
      case 'pattern':
        return this.#write(index, [key], () => node.deletePattern(`${key}*`));
      case 'tag':
        return this.#write(index, [key], () => node.invalidateTags([`of:${key}`]));
      case 'clear':
        return this.#write(index, KEYS, () => node.clear());
      case 'set':
        return this.#set(node, index, key);
    }
  }

  async #read(
    node: Cache,
    index: number,
    keys: readonly string[],
    read: () => Promise<unknown[]>,
  ): Promise<void> {
    const floors = keys.map((key) => this.#floors[index]?.get(key) ?? 0);
    const values = await read();
    for (const [i, value] of values.entries()) {
      // A batch that finds nothing loads nothing.
      if (value !== undefined && (value as number) < (floors[i] as number)) {
        this.#violated(`read of ${keys[i]} on ${this.#nodes.indexOf(node)}`, value, floors[i]);
      }
    }
  }

  /** Changes the truth, then invalidates: from the acknowledgement on, no read may see what was before. */
  async #write(index: number, keys: readonly string[], invalidate: () => Promise<unknown>): Promise<void> {
    await this.#sets;
    const write = this.#changed(index, keys, invalidate);
    this.#writes = Promise.all([this.#writes, write]);
    await write;
  }

  /** Sets exclude other writers, as a transaction of the source would: the cache cannot know whose value is newer. */
  async #set(node: Cache, index: number, key: string): Promise<void> {
    const before = [this.#sets, this.#writes];
    const set = Promise.all(before).then(() =>
      this.#changed(index, [key], () =>
        node.set(key, this.#truth.get(key), { tags: this.#tags(key), ttl: 'forever' }),
      ),
    );
    this.#sets = set;
    await set;
  }

  async #changed(index: number, keys: readonly string[], invalidate: () => Promise<unknown>): Promise<void> {
    const versions = keys.map((key) => {
      const version = (this.#truth.get(key) ?? 0) + 1;
      this.#truth.set(key, version);
      return version;
    });
    await invalidate();
    for (const [node, floors] of this.#floors.entries()) {
      if (node !== index && !this.#acrossNodes) continue;
      for (const [i, key] of keys.entries())
        floors.set(key, Math.max(floors.get(key) ?? 0, versions[i] as number));
    }
  }

  #load(node: Cache, key: string): Promise<unknown> {
    return node.getOrSet(key, this.#loader(key), { ttl: 'forever', tags: this.#tags(key) });
  }

  /** Takes its snapshot of the truth somewhere in the middle. */
  #loader(key: string): () => Promise<unknown> {
    return async () => {
      await this.#pause(`load ${key}`);
      const snapshot = this.#truth.get(key);
      await this.#pause(`loaded ${key}`);
      return snapshot;
    };
  }

  #tags(key: string): string[] {
    return [`of:${key}`];
  }

  #node(options: WorldOptions, bus: Bus): Cache {
    const clock = this.#clock();
    const connection = this.#server.connect({
      travel: (operation, key, work) => this.#travel(operation, key, work),
    });
    return createCacheWith(
      {
        backend: tiered([
          this.#front(clock),
          options.leases === false ? withoutLeases(connection) : connection,
        ]),
        bus: options.bus === false ? false : options.busTravels ? this.#slow(bus) : bus,
        timeout: 'forever',
        duplicateIds: 'replace',
        clock,
      },
      options.fencing === false ? new NoEpochs() : undefined,
    );
  }

  #front(clock: Clock): Backend {
    const front = memory({ clock });
    this.#fronts.push(front);
    return front;
  }

  /** A request arrives when the scheduler says so, and so does its answer. */
  async #travel<T>(operation: string, key: string | undefined, work: () => T): Promise<T> {
    await this.#pause(`→ ${operation} ${key ?? ''}`);
    const answer = work();
    await this.#pause(`← ${operation} ${key ?? ''}`);
    return answer;
  }

  /** A bus that takes its time, in order. */
  #slow(bus: Bus): Bus {
    let last: Promise<unknown> = Promise.resolve();
    return {
      ...bus,
      publish: (message: BusMessage) => {
        const before = last;
        last = (async () => {
          await before;
          await this.#pause(`bus ${message.type}`);
          bus.publish(message);
        })();
      },
    };
  }

  /** Stands still; what waits for a moment wakes when the scheduler says so. */
  #clock(): Clock {
    return {
      now: () => 0,
      after: (delay, task) => {
        let cancelled = false;
        if (delay < NEVER) void this.#pause(`timer ${delay}`).then(() => !cancelled && task());
        return {
          cancel: () => {
            cancelled = true;
          },
        };
      },
    };
  }

  async #pause(label: string): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), label);
  }

  async #settle(): Promise<void> {
    await this.#scheduler.waitIdle();
  }

  #violated(what: string, seen: unknown, least: unknown): void {
    this.violations.push(`${what} saw ${seen}, acknowledged was ${least}`);
  }
}

/** Epochs that never end: what fencing is there to prevent happens. */
class NoEpochs extends Epochs {
  override raise(): void {}
  override raiseMatching(): void {}
  override raiseTagged(): void {}
}

function withoutLeases(backend: Backend): Backend {
  return wrap(backend, {
    acquire: undefined,
    fill: undefined,
    renew: undefined,
    release: undefined,
    occupied: undefined,
  });
}
