import {
  type Acquired,
  type Backend,
  type Bus,
  CacheConfigError,
  type Clock,
  type Codec,
  type Entry,
  type SetCondition,
} from '@keepsake/core';
import { replyKind } from '../connection/errors.js';
import { evaluate } from '../connection/evaluate.js';
import type { RedisLink, Request } from '../connection/link.js';
import { toWire } from '../connection/wire-key.js';
import { pxOf, RedisEntries } from './entries.js';
import { RedisLeases } from './leases.js';
import { RedisReads } from './reads.js';
import { clearByScan, occupiedKeys, visibleKeys } from './scan.js';
import { DELETE, INCREMENT, SET_IF, TOUCH } from './scripts.js';

/** What a backend is made of. */
export interface RedisParts {
  readonly name: string;
  readonly link: RedisLink;
  readonly codec: Codec;
  readonly clock: Clock;
  /** Keys are spread over several servers, so that no command may name two of them. */
  readonly spread: boolean;
  /** Opens a bus; nothing where no connection can be made to read by. */
  readonly bus: ((channel: string) => Bus) | undefined;
}

/** Keys per step of a batch: a longer one would hold up everybody else on the connection. */
const BATCH = 500;

/** The methods of a tier, as commands of Redis. */
export class RedisBackend implements Backend {
  readonly name: string;
  readonly bus?: (channel: string) => Bus;
  readonly #link: RedisLink;
  readonly #entries: RedisEntries;
  readonly #reads: RedisReads;
  readonly #leases: RedisLeases;

  constructor({ name, link, codec, clock, spread, bus }: RedisParts) {
    this.name = name;
    if (bus) this.bus = bus;
    this.#link = link;
    this.#entries = new RedisEntries(name, codec, clock, link);
    this.#reads = new RedisReads(link, this.#entries, spread);
    this.#leases = new RedisLeases(link, this.#entries, this.#reads);
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#reads.get(key);
  }

  async set(key: string, entry: Entry): Promise<void> {
    try {
      await this.#write(() => this.#setting(key, entry));
    } catch (error) {
      // What could not be replaced must not be served on.
      if (replyKind((error as Error).cause) === 'OOM') await this.delete(key);
      throw error;
    }
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#write(evaluate(DELETE, key))) === 1;
  }

  clear(prefix = ''): Promise<void> {
    return clearByScan(this.#link, prefix);
  }

  keys(prefix = ''): AsyncIterable<string> {
    return visibleKeys(this.#link, prefix, () => this.#entries.now);
  }

  occupied(prefix = ''): AsyncIterable<string> {
    return occupiedKeys(this.#link, prefix);
  }

  getMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    return this.#reads.getMany(keys);
  }

  async setMany(items: readonly (readonly [key: string, entry: Entry])[]): Promise<void> {
    await inSteps(items, (step) => Promise.all(step.map(([key, entry]) => this.set(key, entry))));
  }

  deleteMany(keys: readonly string[]): Promise<readonly boolean[]> {
    return inSteps(keys, (step) => Promise.all(step.map((key) => this.delete(key))));
  }

  async touch(key: string, staleAt: number, expiresAt: number): Promise<boolean> {
    const touching = (): Request => {
      const px = this.#entries.px(expiresAt);
      if (px === undefined) return evaluate(DELETE, key);
      return evaluate(TOUCH, key, this.#entries.instants(staleAt, expiresAt), px);
    };
    return (await this.#write(touching)) === 1;
  }

  async setIf(key: string, entry: Entry, condition: SetCondition): Promise<boolean> {
    if (this.#entries.px(entry.expiresAt) === undefined) return false;
    const setting = (): Request => {
      const px = this.#entries.px(entry.expiresAt) ?? '1';
      return evaluate(SET_IF, key, this.#entries.write(key, entry), px, condition);
    };
    return (await this.#write(setting)) === 1;
  }

  async increment(key: string, by: number, ttl?: number): Promise<number> {
    if (!Number.isSafeInteger(by)) {
      throw new CacheConfigError(`${this.name}: increment of '${key}' by ${by}. Allowed: a whole number.`, {
        key,
      });
    }
    const px = ttl === undefined ? '' : pxOf(ttl);
    if (px === undefined) {
      throw new CacheConfigError(`${this.name}: increment of '${key}' for ${ttl} ms. Allowed: more than 0.`, {
        key,
      });
    }
    return Number(await this.#write(evaluate(INCREMENT, key, String(by), px)));
  }

  async ping(): Promise<void> {
    const shards = await this.#link.shards();
    await Promise.all(shards.map((shard) => shard.send({ command: ['PING'], repeatable: true })));
  }

  acquire(key: string, token: string, ttl: number, refresh?: 'refresh'): Promise<Acquired> {
    return this.#leases.acquire(key, token, ttl, refresh);
  }

  fill(key: string, entry: Entry, token: string): Promise<boolean | 'awaited'> {
    return this.#leases.fill(key, entry, token);
  }

  renew(key: string, token: string, ttl: number): Promise<boolean> {
    return this.#leases.renew(key, token, ttl);
  }

  release(key: string, token: string): Promise<boolean> {
    return this.#leases.release(key, token);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Everything but a read: those that were asked for before it go first. */
  #write(request: Request | (() => Request)): Promise<unknown> {
    this.#reads.flush();
    return this.#link.send(request);
  }

  #setting(key: string, entry: Entry): Request {
    const px = this.#entries.px(entry.expiresAt);
    if (px === undefined) return about(key, 'UNLINK');
    const life = px === '' ? [] : ['PX', px];
    return repeatable(about(key, 'SET', this.#entries.write(key, entry), ...life));
  }
}

function about(key: string, command: string, ...rest: (string | Buffer)[]): Request {
  const wireKey = toWire(key);
  return { command: [command, wireKey, ...rest], wireKey, key };
}

function repeatable(request: Request): Request {
  return { ...request, repeatable: true };
}

async function inSteps<T, R>(
  items: readonly T[],
  work: (step: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) results.push(...(await work(items.slice(at, at + BATCH))));
  return results;
}
