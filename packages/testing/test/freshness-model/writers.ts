import { type Cache, compilePattern } from '@keepsake/core';
import type { SetPolicy } from './call-policy.js';
import type { Cast } from './cast.js';
import type { Write } from './records.js';
import { KEYS, type Key, TAGS } from './steps.js';

/** Those who change what is cached: first its source, then they tell a node. */
export class Writers {
  readonly #cast: Cast;
  /** What the node that was told still owes the shared tier: the others need not know it yet. */
  #unheard: Write[] = [];
  #pending = 0;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** How many wait for an acknowledgement. */
  get pending(): number {
    return this.#pending;
  }

  set(node: number, key: Key, policy: SetPolicy): void {
    const { ledger, sources, names } = this.#cast;
    const value = ledger.offered(key, ++sources[key].version);
    const options = { ...policy, tags: TAGS[key] };
    this.#invalidate(
      node,
      [key],
      (cache) => cache.set(names[key], value.given, options),
      () => ledger.stored(value, policy),
    );
  }

  delete(node: number, key: Key): void {
    this.#change([key]);
    this.#invalidate(node, [key], (cache) => cache.delete(this.#cast.names[key]));
  }

  deleteMany(node: number, key: Key): void {
    const keys = KEYS.filter((other) => other >= key);
    this.#change(keys);
    this.#invalidate(node, keys, (cache) => cache.deleteMany(keys.map((each) => this.#cast.names[each])));
  }

  tag(node: number, tag: string): void {
    const keys = KEYS.filter((key) => TAGS[key].includes(tag));
    this.#change(keys);
    this.#invalidate(node, keys, (cache) => cache.invalidateTags([tag]));
  }

  pattern(node: number, pattern: string): void {
    const { names } = this.#cast;
    const compiled = compilePattern(pattern);
    const keys = KEYS.filter((key) => compiled.test(names[key]));
    this.#change(keys);
    this.#invalidate(node, keys, (cache) => cache.deletePattern(pattern));
  }

  clear(node: number): void {
    this.#change(KEYS);
    this.#invalidate(node, KEYS, (cache) => cache.clear());
  }

  touch(node: number, key: Key, ttl: number): void {
    const { ledger, names } = this.#cast;
    const touch = ledger.written('touch', node, [key]);
    this.#follow(this.#cache(node).touch(names[key], ttl), (found) => {
      ledger.acknowledged(touch);
      ledger.touched(touch, ttl, found);
    });
  }

  markStale(node: number, key: Key): void {
    const { ledger, names } = this.#cast;
    const mark = ledger.written('mark', node, [key]);
    this.#follow(this.#cache(node).markStale(names[key]), (found) => {
      ledger.acknowledged(mark);
      if (found && !this.#cast.node(node).owes) ledger.marked(mark);
    });
  }

  /** What a node does not owe any more, the others have to know. */
  learn(): void {
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const write of unheard) this.#tellOthers(write);
  }

  #change(keys: readonly Key[]): void {
    for (const key of keys) this.#cast.sources[key].version++;
  }

  #invalidate(
    node: number,
    keys: readonly Key[],
    invalidate: (cache: Cache) => Promise<unknown>,
    done?: () => void,
  ): void {
    const { ledger } = this.#cast;
    const write = ledger.written('invalidation', node, keys);
    this.#follow(invalidate(this.#cache(node)), () => {
      done?.();
      ledger.acknowledged(write);
      this.#tellOthers(write);
    });
  }

  #follow<T>(work: Promise<T>, done: (answer: T) => void): void {
    const { ledger } = this.#cast;
    this.#pending++;
    work
      .then(done, (error) => ledger.violations.push(`a write was rejected: ${String(error)}`))
      .finally(() => {
        this.#pending--;
      });
  }

  #tellOthers(write: Write): void {
    const { ledger, nodes } = this.#cast;
    if (this.#cast.node(write.node).owes) this.#unheard.push(write);
    else for (const node of nodes.keys()) ledger.heard(write, node);
  }

  #cache(node: number): Cache {
    return this.#cast.node(node).cache;
  }
}
