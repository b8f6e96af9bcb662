import {
  type Backend,
  CacheConfigError,
  CacheSerializationError,
  type Clock,
  type Codec,
  type Entry,
  type SetCondition,
  shifted,
} from '@keepsake/core';
import { replyKind } from './redis-errors.js';
import { toWire } from './redis-key.js';
import type { RedisLink, Request } from './redis-link.js';
import { clearByScan, visibleKeys } from './redis-scan.js';
import { evaluate, INCREMENT, SET_IF, TOUCH } from './redis-scripts.js';
import { instants, pack, unpack } from './redis-value.js';

/** What a backend is made of. */
export interface RedisParts {
  readonly name: string;
  readonly link: RedisLink;
  readonly codec: Codec;
  readonly clock: Clock;
  /** Keys are spread over several servers, so that no command may name two of them. */
  readonly spread: boolean;
}

/** Keys per step of a batch: a longer one would hold up everybody else on the connection. */
const BATCH = 500;

/** The methods of a tier, as commands of Redis. */
export class RedisBackend implements Backend {
  readonly name: string;
  readonly #link: RedisLink;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #spread: boolean;

  constructor({ name, link, codec, clock, spread }: RedisParts) {
    this.name = name;
    this.#link = link;
    this.#codec = codec;
    this.#clock = clock;
    this.#spread = spread;
  }

  async get(key: string): Promise<Entry | undefined> {
    try {
      return this.#entryOf(await this.#link.send(repeatable(about(key, 'GET'))));
    } catch (error) {
      // A list or a hash is no entry of ours; the next set replaces it.
      if (replyKind((error as Error).cause) === 'WRONGTYPE') return undefined;
      throw error;
    }
  }

  async set(key: string, entry: Entry): Promise<void> {
    try {
      await this.#link.send(() => this.#setting(key, entry));
    } catch (error) {
      // What could not be replaced must not be served on.
      if (replyKind((error as Error).cause) === 'OOM') await this.delete(key);
      throw error;
    }
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#link.send(about(key, 'UNLINK'))) === 1;
  }

  clear(prefix = ''): Promise<void> {
    return clearByScan(this.#link, prefix);
  }

  keys(prefix = ''): AsyncIterable<string> {
    return visibleKeys(this.#link, prefix);
  }

  getMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    return inSteps(keys, (step) => this.#getStep(step));
  }

  async setMany(items: readonly (readonly [key: string, entry: Entry])[]): Promise<void> {
    await inSteps(items, (step) => Promise.all(step.map(([key, entry]) => this.set(key, entry))));
  }

  deleteMany(keys: readonly string[]): Promise<readonly boolean[]> {
    return inSteps(keys, (step) => Promise.all(step.map((key) => this.delete(key))));
  }

  async touch(key: string, staleAt: number, expiresAt: number): Promise<boolean> {
    const touching = (): Request => {
      const px = this.#pxUntil(expiresAt);
      if (px === undefined) return about(key, 'UNLINK');
      const { offset } = this.#link;
      return evaluate(TOUCH, key, instants(staleAt + offset, expiresAt + offset), px);
    };
    return (await this.#link.send(touching)) === 1;
  }

  async setIf(key: string, entry: Entry, condition: SetCondition): Promise<boolean> {
    if (this.#pxUntil(entry.expiresAt) === undefined) return false;
    const setting = (): Request =>
      evaluate(SET_IF, key, this.#packed(key, entry), this.#pxUntil(entry.expiresAt) ?? '1', condition);
    return (await this.#link.send(setting)) === 1;
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
    return Number(await this.#link.send(evaluate(INCREMENT, key, String(by), px)));
  }

  async ping(): Promise<void> {
    const shards = await this.#link.shards();
    await Promise.all(shards.map((shard) => shard.send({ command: ['PING'], repeatable: true })));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #getStep(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    if (this.#spread) return Promise.all(keys.map((key) => this.get(key)));
    const command = ['MGET', ...keys.map(toWire)];
    const found = (await this.#link.send({ command, repeatable: true })) as readonly unknown[];
    return found.map((packed) => this.#entryOf(packed));
  }

  #setting(key: string, entry: Entry): Request {
    const px = this.#pxUntil(entry.expiresAt);
    if (px === undefined) return about(key, 'UNLINK');
    const life = px === '' ? [] : ['PX', px];
    return repeatable(about(key, 'SET', this.#packed(key, entry), ...life));
  }

  #entryOf(packed: unknown): Entry | undefined {
    const entry = Buffer.isBuffer(packed) ? unpack(this.#codec, packed) : undefined;
    return entry && shifted(entry, -this.#link.offset);
  }

  #packed(key: string, entry: Entry): Buffer {
    try {
      return pack(this.#codec, shifted(entry, this.#link.offset));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'The codec failed.';
      const details = { key, tier: this.name, cause };
      throw new CacheSerializationError(`${this.name}: '${key}' was not stored. ${reason}`, details);
    }
  }

  #pxUntil(expiresAt: number): string | undefined {
    return pxOf(expiresAt - this.#clock.now());
  }
}

function about(key: string, command: string, ...rest: (string | Buffer)[]): Request {
  const wireKey = toWire(key);
  return { command: [command, wireKey, ...rest], wireKey, key };
}

function repeatable(request: Request): Request {
  return { ...request, repeatable: true };
}

/** A length of time for PX: '' for ever, nothing if there is none left. */
function pxOf(ms: number): string | undefined {
  if (!(ms > 0)) return undefined;
  const px = Math.ceil(ms);
  return px <= Number.MAX_SAFE_INTEGER ? String(px) : '';
}

async function inSteps<T, R>(
  items: readonly T[],
  work: (step: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) results.push(...(await work(items.slice(at, at + BATCH))));
  return results;
}
