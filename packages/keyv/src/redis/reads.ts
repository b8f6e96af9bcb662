import type { Acquired, Entry } from '@keepsake/core';
import type { RedisLink, Request } from '../connection/link.js';
import { toWire } from '../connection/wire-key.js';
import type { RedisEntries } from './entries.js';

/** Asks for the lease, and unless the entry there cannot be used, for that. */
export type Acquiring = (refresh?: 'refresh') => Request;

/** Somebody who asks for a key: for its entry, or else for its lease. */
interface Asked {
  readonly key: string;
  readonly acquire: Acquiring | undefined;
  readonly resolve: (acquired: Acquired | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys per command: a longer one would hold up everybody else on the connection. */
const MOST_KEYS = 500;

/**
 * The reads of one tick travel together: as one MGET, or in a cluster, where no command may name keys of two nodes, as a
 * pipeline of GETs to each. Only what they miss is asked for again with the script that grants a lease: it costs the
 * server more than a read. Who is alone in a tick asks by that script at once, and has the answer in one round trip.
 */
export class RedisReads {
  readonly #link: RedisLink;
  readonly #entries: RedisEntries;
  /** Keys per command. */
  readonly #most: number;
  #asked: Asked[] = [];

  /** @param spread - keys are spread over several servers */
  constructor(link: RedisLink, entries: RedisEntries, spread: boolean) {
    this.#link = link;
    this.#entries = entries;
    this.#most = spread ? 1 : MOST_KEYS;
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#ask(key, undefined).then((found) => (found && 'entry' in found ? found.entry : undefined));
  }

  /** The live entry under `key`, or else its lease. */
  getOrAcquire(key: string, acquire: Acquiring): Promise<Acquired> {
    return this.#ask(key, acquire) as Promise<Acquired>;
  }

  async getMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    const found = await Promise.all(inSteps(keys, this.#most).map((step) => this.#fetch(step)));
    return found.flat().map((packed) => this.#entries.read(packed));
  }

  /** What the script that grants leases says. */
  async acquire(acquiring: Acquiring, refresh?: 'refresh'): Promise<Acquired> {
    const reply = await this.#link.send(() => acquiring(refresh));
    if (reply === 1) return { granted: true };
    if (reply === 0) return { held: true };
    const entry = this.#entries.read(reply);
    // What is damaged is repaired by whoever may fill it.
    return entry ? { entry } : this.acquire(acquiring, 'refresh');
  }

  /** Sends what was asked for so far: a write that comes after it must not overtake it. */
  flush(): void {
    const asked = this.#asked;
    this.#asked = [];
    const alone = asked.length === 1 ? asked[0] : undefined;
    if (alone?.acquire) {
      this.#acquire(alone);
      return;
    }
    const byKey = new Map<string, Asked[]>();
    for (const one of asked) {
      const together = byKey.get(one.key);
      if (together) together.push(one);
      else byKey.set(one.key, [one]);
    }
    for (const step of inSteps([...byKey], this.#most)) this.#look(step);
  }

  #ask(key: string, acquire: Asked['acquire']): Promise<Acquired | undefined> {
    return new Promise((resolve, reject) => {
      // Behind all that is about to happen in this tick.
      if (this.#asked.length === 0) process.nextTick(() => this.flush());
      this.#asked.push({ key, acquire, resolve, reject });
    });
  }

  /** Reads keys, each for all who asked for it. */
  #look(sought: readonly (readonly [string, readonly Asked[]])[]): void {
    const answer = (found: readonly unknown[]): void => {
      for (const [i, [, asked]] of sought.entries()) for (const one of asked) this.#answer(one, found[i]);
    };
    const fail = (error: unknown): void => {
      for (const [, asked] of sought) for (const { reject } of asked) reject(error);
    };
    this.#fetch(sought.map(([key]) => key)).then(answer, fail);
  }

  #answer(asked: Asked, packed: unknown): void {
    const entry = this.#entries.read(packed);
    if (entry) asked.resolve({ entry });
    else if (asked.acquire) this.#acquire(asked);
    else asked.resolve(undefined);
  }

  #acquire({ acquire, resolve, reject }: Asked): void {
    if (acquire) this.acquire(acquire).then(resolve, reject);
  }

  /** The values under `keys`, in order. MGET for one key too: a list or a hash, at which GET fails, is nothing to it. */
  #fetch(keys: readonly string[]): Promise<readonly unknown[]> {
    const wireKeys = keys.map(toWire);
    const [wireKey] = wireKeys;
    const about = keys.length === 1 ? { key: keys[0] as string } : {};
    const request = { command: ['MGET', ...wireKeys], repeatable: true, ...about } as const;
    const replies = this.#link.send(wireKey === undefined ? request : { ...request, wireKey });
    return replies as Promise<readonly unknown[]>;
  }
}

function inSteps<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  const steps: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += length) steps.push(items.slice(at, at + length));
  return steps;
}
