import { type BusMessage, localBus } from '@keepsake/core';
import { manualClock, sharedMemory } from '@keepsake/testing';
import { Ledger } from './ledger.js';
import { Node, type Parts } from './node.js';
import { Source } from './source.js';
import { KEYS, type Key } from './steps.js';

/** What a program runs in. */
export interface CastOptions extends Parts {
  readonly nodes: number;
  /** Whether there is a shared tier behind the memory of the nodes. */
  readonly shared: boolean;
  /** @default 0 */
  readonly jitter?: number;
  /** What chance says, over and over. @default [0] */
  readonly draws?: readonly number[];
}

/** Who takes part: nodes over one shared tier, or one alone, the sources of what they cache, and who takes notes. */
export class Cast {
  readonly clock = manualClock();
  readonly ledger: Ledger;
  readonly server: ReturnType<typeof sharedMemory> | undefined;
  readonly nodes: readonly Node[];
  readonly sources: Readonly<Record<Key, Source>>;
  /** The keys in the cache: those of functions without arguments, so that these and `getOrSet` share values. */
  readonly names: Readonly<Record<Key, string>>;

  constructor({ nodes, shared, jitter = 0, draws = [0], ...parts }: CastOptions) {
    const { clock } = this;
    this.ledger = new Ledger({ clock, nodes, exact: jitter === 0 });
    this.server = shared ? sharedMemory({ clock }) : undefined;
    const hub = localBus();
    let drawn = 0;
    const random = (): number => draws[drawn++ % draws.length] ?? 0;
    this.nodes = Array.from({ length: nodes }, (_, i) => {
      const bus = shared ? hub.connect() : undefined;
      bus?.subscribe({ message: (message) => this.#heard(i, message), gap: () => undefined });
      return new Node({ ...parts, clock, server: this.server, bus, jitter, random });
    });
    const { ledger } = this;
    this.sources = {
      a: new Source(clock, ledger),
      b: new Source(clock, ledger),
      c: new Source(clock, ledger),
    };
    this.names = { a: this.#nameOf('a'), b: this.#nameOf('b'), c: this.#nameOf('c') };
  }

  node(index: number): Node {
    return this.nodes[index % this.nodes.length] as Node;
  }

  #nameOf(key: Key): string {
    const fn = async (): Promise<undefined> => undefined;
    return this.node(0).cache.cached(fn, { id: key, ttl: 1000 }).keyOf();
  }

  /** Another node says that something happened, so that what `node` is loading is void. */
  #heard(node: number, message: BusMessage): void {
    if (message.type === 'settled' || (message.type === 'tags' && message.created)) return;
    const { ledger } = this;
    for (const key of KEYS) {
      const isMeant = message.type !== 'keys' || message.keys.includes(`keepsake:${this.names[key]}`);
      if (isMeant) ledger.news.push({ node, key, at: ledger.now() });
    }
  }
}
