import { type Cache, type CacheOptions, createCache, namespaced } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';

export interface Fixture {
  readonly cache: Cache;
  readonly clock: ManualClock;
}

/** A cache in memory under a clock that the test moves. */
export function fixture(options: Partial<CacheOptions> = {}): Fixture {
  const clock = manualClock();
  return {
    cache: createCache({ backend: memory({ clock }), clock, ttl: '1h', jitter: 0, ...options }),
    clock,
  };
}

/** A cache whose only tier is shared with other processes. */
export function sharedFixture(): Fixture {
  const clock = manualClock();
  const backend = namespaced(sharedMemory({ clock }).connect({ clock }), 'test:');
  return { cache: createCache({ backend, clock, ttl: '1h', jitter: 0 }), clock };
}

/** What is written to `console.warn` until the test ends. */
export function warnings(): readonly string[] {
  const written: string[] = [];
  const { warn } = console;
  console.warn = (text: string): void => {
    written.push(text);
  };
  restore.push(() => {
    console.warn = warn;
  });
  return written;
}

const restore: (() => void)[] = [];

afterEach(() => {
  for (const each of restore.splice(0)) each();
});

/** A promise, and the hand that settles it. */
export function deferred<V>(): {
  readonly promise: Promise<V>;
  resolve(value: V): void;
  reject(error: unknown): void;
} {
  let resolve!: (value: V) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<V>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
