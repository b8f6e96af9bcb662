import { type Cache, type CacheOptions, createCache, type GetOrSetOptions } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock } from '@keepsake/testing';
import { Fleet, type Node, type NodeOptions, unhandledRejections } from '../cache/fleet.js';
import { Source } from './source.js';
import { Trace } from './trace.js';

type Options = GetOrSetOptions<string>;

/** One key, `'k'`, with a ttl of 60 s: its callers, its loads, and what became of them. */
class Scene {
  readonly clock: ManualClock;
  readonly trace: Trace;
  readonly source: Source;

  constructor(clock: ManualClock) {
    this.clock = clock;
    this.trace = new Trace(clock);
    this.source = new Source(clock, this.trace);
  }

  /** Moves on to `at`, in ms since the start. */
  async until(at: number): Promise<void> {
    await this.clock.advance(at - this.trace.now);
  }

  /** What happened since the last time, up to `at`. */
  async upTo(at: number): Promise<string[]> {
    await this.until(at);
    return this.trace.take();
  }

  protected ask(cache: Cache, name: string, options: Options): void {
    this.trace.outcome(name, cache.getOrSet('k', this.source.load, { ttl: '60s', ...options }));
  }
}

/** A scene in one process. */
export class Process extends Scene {
  readonly cache: Cache;

  constructor({ backend, ...options }: Partial<CacheOptions> = {}, clock = manualClock()) {
    super(clock);
    this.cache = createCache({ backend: backend ?? memory({ clock }), clock, jitter: 0, ...options });
    this.trace.watch(this.cache);
  }

  /** A call of `k`, now. */
  call(name: string, options: Options = {}): void {
    this.ask(this.cache, name, options);
  }

  /** Fills the key at the start: fresh until 60 s. */
  async fill(options: Options): Promise<void> {
    this.source.next({ takes: 0 });
    this.call('first', options);
    await this.upTo(0);
  }
}

/** A scene in several processes over one shared tier. */
export class Processes extends Scene {
  readonly fleet: Fleet;
  readonly nodes: readonly Node[];

  /** One process for each of `names`, which are letters from `a` on. */
  constructor(names: readonly string[], options: NodeOptions = {}) {
    const fleet = new Fleet();
    super(fleet.clock);
    this.fleet = fleet;
    this.nodes = names.map((name) => this.#joined(name, options));
  }

  /** A call of `k`, now, in the process that the first letter of `name` names. */
  call(name: string, options: Options = {}): void {
    this.ask(this.node(name).cache, name, options);
  }

  node(name: string): Node {
    return this.nodes[name.charCodeAt(0) - 'a'.charCodeAt(0)] as Node;
  }

  /** Fills the key in the shared tier and in the first process: fresh until 60 s. */
  async fill(options: Options): Promise<void> {
    this.source.next({ takes: 0 });
    this.call('a', options);
    await this.upTo(0);
  }

  #joined(name: string, options: NodeOptions): Node {
    const node = this.fleet.node(options);
    this.trace.watch(node.cache, name);
    return node;
  }
}

/** Fails every test of the file in which a rejection goes unhandled. */
export function nothingGoesUnhandled(): void {
  let rejections: ReturnType<typeof unhandledRejections>;
  beforeEach(() => {
    rejections = unhandledRejections();
  });
  afterEach(async () => {
    expect(await rejections.stop()).toEqual([]);
  });
}
