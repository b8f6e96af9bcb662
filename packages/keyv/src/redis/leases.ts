import { hash } from 'node:crypto';
import type { Acquired, Entry } from '@keepsake/core';
import { evaluate } from '../connection/evaluate.js';
import type { RedisLink, Request } from '../connection/link.js';
import type { RedisEntries } from './entries.js';
import { ACQUIRE, FILL, RELEASE, RENEW } from './lease-scripts.js';
import type { RedisReads } from './reads.js';
import { LEASE_LENGTH } from './value.js';

/** The right to fill a key, which lies in the value under that key. See `lease-scripts.ts`. */
export class RedisLeases {
  readonly #link: RedisLink;
  readonly #entries: RedisEntries;
  readonly #reads: RedisReads;

  constructor(link: RedisLink, entries: RedisEntries, reads: RedisReads) {
    this.#link = link;
    this.#entries = entries;
    this.#reads = reads;
  }

  acquire(key: string, token: string, ttl: number, refresh?: 'refresh'): Promise<Acquired> {
    const lease = leaseOf(token);
    // Twice is as good as once: whoever holds the lease is granted it again.
    const acquiring = (again: 'refresh' | undefined): Request => ({
      ...evaluate(ACQUIRE, key, lease, lengthOf(ttl), again ?? ''),
      repeatable: true,
    });
    return refresh ? this.#reads.acquire(acquiring, refresh) : this.#reads.getOrAcquire(key, acquiring);
  }

  async fill(key: string, entry: Entry, token: string): Promise<boolean | 'awaited'> {
    const lease = leaseOf(token);
    const filling = (): Request => {
      const px = this.#entries.px(entry.expiresAt) ?? '0';
      return evaluate(FILL, key, this.#entries.write(key, entry), px, lease);
    };
    const answer = await this.#link.send(filling);
    return answer === 2 ? 'awaited' : answer === 1;
  }

  async renew(key: string, token: string, ttl: number): Promise<boolean> {
    const request = evaluate(RENEW, key, leaseOf(token), lengthOf(ttl));
    return (await this.#link.send({ ...request, repeatable: true })) === 1;
  }

  async release(key: string, token: string): Promise<boolean> {
    return (await this.#link.send(evaluate(RELEASE, key, leaseOf(token)))) === 2;
  }
}

/** Tokens are of any length, the place for them is not. */
function leaseOf(token: string): Buffer {
  return (hash('sha256', token, 'buffer') as unknown as Buffer).subarray(0, LEASE_LENGTH);
}

/** A length of time for PX: whole ms, at least one. */
function lengthOf(ttl: number): string {
  return String(Math.max(1, Math.min(Math.ceil(ttl), Number.MAX_SAFE_INTEGER)));
}
