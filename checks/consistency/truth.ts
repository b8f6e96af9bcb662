import { Redis } from 'ioredis';

/** What the caches cache: a version per key, on a server of its own that nothing disturbs. */
export class Truth {
  readonly #client: Redis;

  constructor(port: number) {
    this.#client = new Redis(port, '127.0.0.1');
  }

  async version(key: string): Promise<number> {
    return Number((await this.#client.get(key)) ?? 0);
  }

  /** The next version of `key`. */
  bump(key: string): Promise<number> {
    return this.#client.incr(key);
  }

  async close(): Promise<void> {
    await this.#client.quit();
  }
}
